// How many people use the Internet in each country, in thousands: the population that `simulate` takes where nobody has a
// query log, and by which `diff` says how many a change is for. A weight between countries, and not a census.
//
// Source: International Telecommunication Union, World Telecommunication/ICT Indicators, through the World Bank's World
// Development Indicators (IT.NET.USER.ZS, CC BY 4.0), times the population of the UN World Population Prospects 2024, as
// compiled by Our World in Data (CC BY 4.0), rounded here. The year is 2021; where a country has no figure for it, the newest
// before. Countries without any figure, Taiwan among them, are left out: they count as without users.

export const internetUsersSource = 'ITU through the World Bank (CC BY 4.0), 2021'

const rows = `
AD 74, AE 9789, AF 7189, AG 88, AL 2260, AM 2256, AO 11258, AR 39490, AT 8297, AU 24980, AW 103, AZ 8802, BA 2456,
BB 242, BD 65249, BE 10736, BF 4747, BG 5177, BH 1502, BI 753, BJ 4556, BM 63, BN 443, BO 7876, BR 169086, BS 374,
BT 664, BW 1765, BY 8038, BZ 245, CA 35698, CD 22707, CF 541, CG 463, CH 8321, CI 13464, CL 17548, CM 12274,
CN 1042059, CO 37382, CR 4187, CU 7910, CV 360, CW 115, CY 1196, CZ 8706, DE 76525, DJ 772, DK 5790, DM 54, DO 9482,
DZ 31677, EC 13474, EE 1212, EG 79956, ER 728, ES 44823, ET 20395, FI 5143, FJ 804, FM 45, FR 56895, GA 1705, GB 65422,
GD 91, GE 2896, GH 22178, GI 32, GL 39, GM 849, GN 4755, GQ 948, GR 8304, GT 8947, GU 132, GW 724, GY 691, HK 6967,
HN 4948, HR 3189, HT 4430, HU 8605, ID 171879, IE 4785, IL 8075, IN 654918, IQ 21069, IR 69522, IS 371, IT 44715,
JM 2337, JO 9517, JP 104206, KE 15305, KG 5315, KH 10210, KI 69, KM 224, KN 37, KR 50589, KW 4348, KY 52, KZ 17952,
LA 4621, LB 4951, LC 139, LI 37, LK 10091, LR 1769, LS 1085, LT 2429, LU 632, LV 1719, LY 1141, MA 32568, MC 33,
MD 1853, ME 496, MG 5858, MH 18, MK 1537, ML 7722, MM 23502, MN 2725, MO 614, MR 2782, MT 459, MU 865, MV 443, MW 4893,
MX 96536, MY 33169, MZ 5509, NA 1489, NC 232, NE 5485, NG 120986, NI 3797, NL 16321, NO 5354, NP 15218, NR 10, NZ 4899,
OM 4337, PA 2934, PE 23576, PF 204, PG 3210, PH 59577, PK 50379, PL 32477, PR 2758, PS 4243, PT 8553, PW 5, PY 5148,
QA 2815, RO 16090, RS 5548, RU 128648, RW 4068, SA 31328, SB 276, SC 100, SD 13288, SE 9861, SG 5376, SI 1881, SK 4840,
SL 1424, SM 26, SN 9998, SO 299, SR 407, SS 695, ST 114, SV 3934, SY 7531, SZ 711, TD 3186, TG 3106, TH 61162, TJ 1995,
TL 533, TM 1383, TN 9517, TO 75, TR 70570, TT 1175, TV 7, TZ 19875, UA 35093, UG 4748, US 312109, UY 3059, UZ 26227,
VC 87, VE 18828, VG 25, VI 61, VN 73420, VU 203, WS 167, XK 1581, YE 8841, ZA 44473, ZM 4162, ZW 5500
`

/** Thousands of users by 2-letter country code. */
export const internetUsers: ReadonlyMap<string, number> = new Map(
  rows
    .trim()
    .split(/,\s+/)
    .map((row) => [row.slice(0, 2), Number(row.slice(3))]),
)
