// A sample of every record type, for whoever has to do with all of them: as written, as printed and as bytes, and what is refused.
// The bytes are those of the RFCs' examples and of BIND, which test/interop/compilezone.test.ts holds against them again.

import { Layout } from '../../src/core/wire/rdata.ts'

const EXAMPLE = '076578616d706c6503636f6d00'

export interface Sample {
  readonly code: number
  /** [as written, as printed, wire in hex] */
  readonly good: readonly (readonly [string, string, string])[]
  /** [as written, the index of the wrong token, part of the message] */
  readonly bad: readonly (readonly [string, number, string])[]
  readonly badWire: readonly string[]
  readonly layout?: Layout
  /** Targets of the first good sample. */
  readonly targets?: readonly string[]
}

export const samples: Readonly<Record<string, Sample>> = {
  A: {
    code: 1,
    good: [
      ['192.0.2.1', '192.0.2.1', 'c0000201'],
      ['0.0.0.0', '0.0.0.0', '00000000'],
      ['255.255.255.255', '255.255.255.255', 'ffffffff'],
    ],
    bad: [
      ['', 0, 'A address: expected an IPv4 address, found the end of the record'],
      ['192.0.2', 0, 'found "192.0.2"'],
      ['192.0.2.256', 0, 'found "192.0.2.256"'],
      ['192.0.2.01', 0, 'found "192.0.2.01"'],
      ['192.0.2.1.', 0, 'found "192.0.2.1."'],
      ['192.0..1', 0, 'found "192.0..1"'],
      ['2001:db8::1', 0, 'found the IPv6 address 2001:db8::1'],
      ['"192.0.2.1"', 0, 'found the quoted string "192.0.2.1"'],
      ['192.0.2.1 192.0.2.2', 1, 'expected the end of the A record, found "192.0.2.2"'],
    ],
    badWire: ['', 'c00002', 'c000020101'],
  },
  AAAA: {
    code: 28,
    good: [
      ['2001:DB8::1', '2001:db8::1', '20010db8000000000000000000000001'],
      ['::', '::', '00000000000000000000000000000000'],
      ['::ffff:192.0.2.1', '::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ],
    bad: [
      ['192.0.2.1', 0, 'found the IPv4 address 192.0.2.1'],
      ['2001:db8::1::', 0, 'expected an IPv6 address'],
    ],
    badWire: ['', 'c0000201', '20010db800000000000000000000000100'],
  },
  CAA: {
    code: 257,
    good: [
      [
        '0 issue "ca.example; policy=ev"',
        '0 issue "ca.example; policy=ev"',
        '0005697373756563612e6578616d706c653b20706f6c6963793d6576',
      ],
      ['128 tbs Unknown', '128 tbs "Unknown"', '8003746273556e6b6e6f776e'],
      ['0 issue ""', '0 issue ""', '00056973737565'],
    ],
    bad: [
      ['256 issue x', 0, 'CAA flags: expected a number from 0 to 255, found "256"'],
      ['0 is-sue x', 1, 'CAA tag: expected a word of letters and digits, found "is-sue"'],
      ['0 issue', 2, 'CAA value: expected a string, found the end of the record'],
      ['0 issue a b', 3, 'expected the end of the CAA record'],
    ],
    badWire: ['', '00', '0000', '000569737375', '00022d2d61'],
  },
  CNAME: {
    code: 5,
    good: [
      ['www', 'www.example.com.', `03777777${EXAMPLE}`],
      ['@', 'example.com.', EXAMPLE],
      ['.', '.', '00'],
      ['a\\.b\\032c.', 'a\\.b\\032c.', '05612e62206300'],
    ],
    bad: [
      ['a..b', 0, 'expected a domain name, found an empty label'],
      [`${'a'.repeat(64)}`, 0, 'a label of more than 63 bytes'],
      ['"www"', 0, 'found the quoted string "www"'],
    ],
    badWire: ['', '03777777', 'c00c', '0000', '40'],
    layout: Layout.name,
    targets: ['www.example.com.'],
  },
  HINFO: {
    code: 13,
    good: [
      ['RFC8482 ""', '"RFC8482" ""', '075246433834383200'],
      ['"a b" "\\"\\\\\\200"', '"a b" "\\"\\\\\\200"', '0361206203225cc8'],
    ],
    bad: [['x', 1, 'HINFO os: expected a string of at most 255 bytes, found the end of the record']],
    badWire: ['', '0161', '05616161'],
  },
  MX: {
    code: 15,
    good: [
      ['10 mail', '10 mail.example.com.', `000a046d61696c${EXAMPLE}`],
      ['0 .', '0 .', '000000'],
    ],
    bad: [
      ['mail', 0, 'MX preference: expected a number from 0 to 65535, found "mail"'],
      ['65536 mail', 0, 'found "65536"'],
      ['-1 mail', 0, 'found "-1"'],
      ['10', 1, 'MX exchange: expected a domain name, found the end of the record'],
      ['10 mail extra', 2, 'expected the end of the MX record, found "extra"'],
    ],
    badWire: ['', '00', '000a', '000a046d61'],
    layout: Layout.u16Name,
    targets: ['mail.example.com.'],
  },
  NS: {
    code: 2,
    good: [['ns1', 'ns1.example.com.', `036e7331${EXAMPLE}`]],
    bad: [['ns1 ns2', 1, 'expected the end of the NS record']],
    badWire: ['', '036e73'],
    layout: Layout.name,
    targets: ['ns1.example.com.'],
  },
  PTR: {
    code: 12,
    good: [['host', 'host.example.com.', `04686f7374${EXAMPLE}`]],
    bad: [['', 0, 'PTR target: expected a domain name']],
    badWire: [''],
    layout: Layout.name,
    targets: ['host.example.com.'],
  },
  SOA: {
    code: 6,
    good: [
      [
        'ns1 host\\.master 2024010101 1h 15m 2W 30',
        'ns1.example.com. host\\.master.example.com. 2024010101 3600 900 1209600 30',
        `036e7331${EXAMPLE}0b686f73742e6d6173746572${EXAMPLE}78a3f17500000e1000000384001275000000001e`,
      ],
      [
        '. . 4294967295 0 0 0 4294967295',
        '. . 4294967295 0 0 0 4294967295',
        '0000ffffffff000000000000000000000000ffffffff',
      ],
    ],
    bad: [
      ['ns1 hostmaster 1 1h 15m 2w', 6, 'SOA minimum: expected a number of seconds, or a time such as 1h30m'],
      ['ns1 hostmaster 1h 1h 15m 2w 30', 2, 'SOA serial: expected a number from 0 to 4294967295, found "1h"'],
      ['ns1 hostmaster 1 1h30 15m 2w 30', 3, 'SOA refresh'],
      ['ns1 hostmaster 1 1x 15m 2w 30', 3, 'found "1x"'],
      ['ns1 hostmaster 1 1 1 1 7102w', 6, 'found "7102w"'],
    ],
    badWire: ['', '0000', '000000000001', '0000ffffffff000000000000000000000000ffffffff00'],
    layout: Layout.twoNames,
    targets: ['ns1.example.com.', 'host\\.master.example.com.'],
  },
  SRV: {
    code: 33,
    good: [['10 60 5060 sip', '10 60 5060 sip.example.com.', `000a003c13c403736970${EXAMPLE}`]],
    bad: [['10 60 sip', 2, 'SRV port: expected a number from 0 to 65535, found "sip"']],
    badWire: ['', '000a003c13c4'],
    layout: Layout.none,
    targets: ['sip.example.com.'],
  },
  TXT: {
    code: 16,
    good: [
      ['"v=spf1 mx -all"', '"v=spf1 mx -all"', '0e763d73706631206d78202d616c6c'],
      ['a "b c" ""', '"a" "b c" ""', '01610362206300'],
      ['""', '""', '00'],
      ['"\\# 1 00"', '"# 1 00"', '06232031203030'],
      ['"gr\u00fcn\\;"', '"gr\\195\\188n;"', '066772c3bc6e3b'],
    ],
    bad: [
      ['', 0, 'TXT strings: expected strings of at most 255 bytes each, found the end of the record'],
      [`a ${'x'.repeat(256)}`, 1, 'found one of 256; split it into several quoted strings'],
      ['"\\256"', 0, 'found the escape \\256, which is above 255'],
      ['"\\25"', 0, 'no escape \\DDD of three digits'],
      ['v="a b"', 0, 'a quote inside a word; put the whole string in quotes'],
    ],
    badWire: ['', '05616161', '016102'],
  },
  AFSDB: {
    code: 18,
    good: [
      ['1 afs', '1 afs.example.com.', '000103616673076578616d706c6503636f6d00'],
      ['0 .', '0 .', '000000'],
    ],
    bad: [
      ['1', 1, 'AFSDB server: expected a domain name, found the end of the record'],
      ['afs 1', 0, 'AFSDB subtype: expected a number'],
    ],
    badWire: ['', '0001', '00010361'],
    targets: ['afs.example.com.'],
  },
  ALIAS: {
    code: 65_401,
    good: [
      ['cdn', 'cdn.example.com.', '0363646e076578616d706c6503636f6d00'],
      ['@', 'example.com.', '076578616d706c6503636f6d00'],
      ['1.2.3.net.', '1.2.3.net.', '013101320133036e657400'],
    ],
    bad: [
      ['', 0, 'ALIAS target: expected a domain name, found the end of the record'],
      ['.', 0, 'ALIAS target: expected the name of a host, found "."'],
      ['192.0.2.1', 0, 'found the address 192.0.2.1, which an A record would hold'],
      ['cdn cdn', 1, 'expected the end of the ALIAS record'],
    ],
    badWire: ['', '0361', '0363646e'],
    targets: ['cdn.example.com.'],
  },
  APL: {
    code: 42,
    good: [
      ['1:192.168.32.0/21 !1:192.168.38.0/28', '1:192.168.32.0/21 !1:192.168.38.0/28', '00011503c0a82000011c83c0a826'],
      ['', '', ''],
      [
        '2:2001:DB8::/32 1:224.0.0.0/4 2:ff00::/8',
        '2:2001:db8::/32 1:224.0.0.0/4 2:ff00::/8',
        '0002200420010db800010401e000020801ff',
      ],
      ['1:0.0.0.0/0 !2:::/0', '1:0.0.0.0/0 !2:::/0', '0001000000020080'],
      ['1:10.0.0.1/8', '1:10.0.0.1/8', '000108040a000001'],
      ['\\# 8 0003080401020304', '\\# 8 0003080401020304', '0003080401020304'],
    ],
    bad: [
      [
        '1:192.0.2.0',
        0,
        'APL items: expected prefixes such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "1:192.0.2.0"',
      ],
      ['1:192.0.2.0/33', 0, 'found "1:192.0.2.0/33"'],
      ['1:2001:db8::/32', 0, 'found'],
      ['2:192.0.2.0/24', 0, 'found'],
      ['3:1/2', 0, 'found "3:1/2"'],
      ['1:0.0.0.0/0 x', 1, 'found "x"'],
      ['"1:0.0.0.0/0"', 0, 'the quoted string'],
    ],
    badWire: ['00', '000118', '00012100', '0001180400000000', '00010205c000020101', '0001180401', '00028100'],
  },
  CDNSKEY: {
    code: 60,
    good: [
      [
        '257 3 8 AwEAAbOFAxl+Lkt0UMglZizKEC1AxUu8zlj65KYatR5wBWMrh18TYzK/ig6Y1t5YTWCO68bynorpNu9fqNFALX7bVl9/gybA0v0EhF+dgXmoUfRX7ksMGgBvtfa2/Y9a3klXNLqkTszIQ4PEMVCjtryl19Be9/PkFeC9ITjgMRQsQhmB39eyMYnal+f3bUxKk4fq7cuEU0dbRpue4H/N6jPucXWOwiMAkTJhghqgy+o9FfIp+tR/emKao94/wpVXDcPf5B18j7xz2SvTTxiuqCzCMtsxnikZHcoh1j4g+Y1B8zIMIvrEM+pZGhh/Yuf4RwCBgaYCi9hpiMWVvS4WBzx0/lU=',
        '257 3 8 AwEAAbOFAxl+Lkt0UMglZizKEC1AxUu8zlj65KYatR5wBWMrh18TYzK/ig6Y1t5YTWCO68bynorpNu9fqNFALX7bVl9/gybA0v0EhF+dgXmoUfRX7ksMGgBvtfa2/Y9a3klXNLqkTszIQ4PEMVCjtryl19Be9/PkFeC9ITjgMRQsQhmB39eyMYnal+f3bUxKk4fq7cuEU0dbRpue4H/N6jPucXWOwiMAkTJhghqgy+o9FfIp+tR/emKao94/wpVXDcPf5B18j7xz2SvTTxiuqCzCMtsxnikZHcoh1j4g+Y1B8zIMIvrEM+pZGhh/Yuf4RwCBgaYCi9hpiMWVvS4WBzx0/lU=',
        '0101030803010001b38503197e2e4b7450c825662cca102d40c54bbcce58fae4a61ab51e7005632b875f136332bf8a0e98d6de584d608eebc6f29e8ae936ef5fa8d1402d7edb565f7f8326c0d2fd04845f9d8179a851f457ee4b0c1a006fb5f6b6fd8f5ade495734baa44eccc84383c43150a3b6bca5d7d05ef7f3e415e0bd2138e031142c421981dfd7b23189da97e7f76d4c4a9387eaedcb8453475b469b9ee07fcdea33ee71758ec22300913261821aa0cbea3d15f229fad47f7a629aa3de3fc295570dc3dfe41d7c8fbc73d92bd34f18aea82cc232db319e29191dca21d63e20f98d41f3320c22fac433ea591a187f62e7f847008181a6028bd86988c595bd2e16073c74fe55',
      ],
      ['0 3 0 AA==', '0 3 0 AA==', '0000030000'],
    ],
    bad: [['257 2 8 AAAA', 1, 'CDNSKEY protocol: expected 3, found 2']],
    badWire: ['', '01010308'],
  },
  CDS: {
    code: 59,
    good: [
      [
        '60485 5 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '60485 5 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        'ec450502d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      ['0 0 0 00', '0 0 0 00', '0000000000'],
    ],
    bad: [['1 8 2 00', 3, 'CDS digest: expected 32 bytes for digest type 2, found 1']],
    badWire: ['', '00010802'],
  },
  CERT: {
    code: 37,
    good: [
      ['PKIX 12345 RSASHA256 MIIB AQ==', 'PKIX 12345 8 MIIBAQ==', '000130390830820101'],
      ['65280 0 0 AQID', '65280 0 0 AQID', 'ff00000000010203'],
      ['oid 1 254 AA==', 'OID 1 254 AA==', '00fe0001fe00'],
    ],
    bad: [
      ['PKIX 1 8', 3, 'CERT certificate: expected base64, found the end of the record'],
      ['x509 1 8 AA==', 0, 'CERT type: expected a kind of certificate such as PKIX, PGP or 1, found "x509"'],
      ['PKIX 1 RSA AA==', 2, 'CERT algorithm: expected an algorithm such as 13 or ECDSAP256SHA256, found "RSA"'],
    ],
    badWire: ['', '0001000108'],
  },
  CSYNC: {
    code: 62,
    good: [
      ['66 3 A NS AAAA', '66 3 A NS AAAA', '000000420003000460000008'],
      ['0 0', '0 0', '000000000000'],
    ],
    bad: [['66 3 A BAD', 3, 'CSYNC types: expected record types such as A TYPE65, found "BAD"']],
    badWire: ['', '000000420003ff', '0000004200030000', '000000420003000100'],
  },
  DHCID: {
    code: 49,
    good: [
      [
        'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
        'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
        '000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40',
      ],
      [
        'AAEBOSD+XR3Os/0LozeXVqcNc7FwCfQdWL3b/NaiUDlW2No=',
        'AAEBOSD+XR3Os/0LozeXVqcNc7FwCfQdWL3b/NaiUDlW2No=',
        '0001013920fe5d1dceb3fd0ba3379756a70d73b17009f41d58bddbfcd6a2503956d8da',
      ],
    ],
    bad: [
      ['', 0, 'DHCID identifier: expected base64, found the end of the record'],
      ['AAI', 0, 'cannot be whole bytes'],
      ['AA_I', 0, 'found "AA_I"'],
    ],
    badWire: [''],
  },
  DNAME: {
    code: 39,
    good: [
      ['elsewhere.example.net.', 'elsewhere.example.net.', '09656c73657768657265076578616d706c65036e657400'],
      ['@', 'example.com.', '076578616d706c6503636f6d00'],
    ],
    bad: [['a b', 1, 'expected the end of the DNAME record']],
    badWire: ['', '0361'],
    targets: ['elsewhere.example.net.'],
  },
  DNSKEY: {
    code: 48,
    good: [
      [
        '256 3 5 ( AwEAAbOFAxl+Lkt0UMglZizKEC1AxUu8zlj65KYa\n tR5wBWMrh18TYzK/ig6Y1t5YTWCO68bynorpNu9fqNFALX7bVl9/gybA0v0EhF+dgXmoUfRX7ksMGgBvtfa2/Y9a3klXNLqkTszIQ4PEMVCjtryl19Be9/PkFeC9ITjgMRQsQhmB39eyMYnal+f3bUxKk4fq7cuEU0dbRpue4H/N6jPucXWOwiMAkTJhghqgy+o9FfIp+tR/emKao94/wpVXDcPf5B18j7xz2SvTTxiuqCzCMtsxnikZHcoh1j4g+Y1B8zIMIvrEM+pZGhh/Yuf4RwCBgaYCi9hpiMWVvS4WBzx0/lU= )',
        '256 3 5 AwEAAbOFAxl+Lkt0UMglZizKEC1AxUu8zlj65KYatR5wBWMrh18TYzK/ig6Y1t5YTWCO68bynorpNu9fqNFALX7bVl9/gybA0v0EhF+dgXmoUfRX7ksMGgBvtfa2/Y9a3klXNLqkTszIQ4PEMVCjtryl19Be9/PkFeC9ITjgMRQsQhmB39eyMYnal+f3bUxKk4fq7cuEU0dbRpue4H/N6jPucXWOwiMAkTJhghqgy+o9FfIp+tR/emKao94/wpVXDcPf5B18j7xz2SvTTxiuqCzCMtsxnikZHcoh1j4g+Y1B8zIMIvrEM+pZGhh/Yuf4RwCBgaYCi9hpiMWVvS4WBzx0/lU=',
        '0100030503010001b38503197e2e4b7450c825662cca102d40c54bbcce58fae4a61ab51e7005632b875f136332bf8a0e98d6de584d608eebc6f29e8ae936ef5fa8d1402d7edb565f7f8326c0d2fd04845f9d8179a851f457ee4b0c1a006fb5f6b6fd8f5ade495734baa44eccc84383c43150a3b6bca5d7d05ef7f3e415e0bd2138e031142c421981dfd7b23189da97e7f76d4c4a9387eaedcb8453475b469b9ee07fcdea33ee71758ec22300913261821aa0cbea3d15f229fad47f7a629aa3de3fc295570dc3dfe41d7c8fbc73d92bd34f18aea82cc232db319e29191dca21d63e20f98d41f3320c22fac433ea591a187f62e7f847008181a6028bd86988c595bd2e16073c74fe55',
      ],
      [
        '257 3 ECDSAP256SHA256 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
        '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
        '0101030d1a88c88615d437fbb8bf9e1942a1929f28562706ae6c2bd399e7b1bfb6d1e9e75b92b4aa42917ae1c61b701ef035c3fe7be3009cbafe5a2f71316c902dcf0d00',
      ],
      [
        '257 3 ed25519 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
        '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
        '0101030f974d96a22d224bc01adb915091477d44ccd91c9a41a11430010117d52c59240e',
      ],
      ['\\# 5 0100040501', '\\# 5 0100040501', '0100040501'],
    ],
    bad: [
      ['256 3 5', 3, 'DNSKEY key: expected base64, found the end of the record'],
      ['256 1 5 AAAA', 1, 'DNSKEY protocol: expected 3, found 1'],
      ['256 3 RSA AAAA', 2, 'expected an algorithm'],
      ['256 3 5 AAA', 3, '3 characters that end "AAA", which cannot be whole bytes'],
      ['256 3 5 AA=A', 3, 'found "AA=A"'],
      ['256 3 5 AAB=', 3, 'cannot be whole bytes'],
      ['256 3 5 "AAAA"', 3, 'the quoted string'],
    ],
    badWire: ['', '01000305'],
  },
  DS: {
    code: 43,
    good: [
      [
        '60485 5 1 ( 2BB183AF5F22588179A53B0A\n 98631FAD1A292118 )',
        '60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118',
        'ec4505012bb183af5f22588179a53b0a98631fad1a292118',
      ],
      [
        '60485 RSASHA256 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '60485 8 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        'ec450802d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      [
        '1 14 4 7c1a0d35b3e3d5f2a0c9bd3b6a1d11f49c4bda7c7d0f4f4d5b8a4b59e6c8a3b1d2c3e4f5061728394a5b6c7d8e9f0a1b',
        '1 14 4 7c1a0d35b3e3d5f2a0c9bd3b6a1d11f49c4bda7c7d0f4f4d5b8a4b59e6c8a3b1d2c3e4f5061728394a5b6c7d8e9f0a1b',
        '00010e047c1a0d35b3e3d5f2a0c9bd3b6a1d11f49c4bda7c7d0f4f4d5b8a4b59e6c8a3b1d2c3e4f5061728394a5b6c7d8e9f0a1b',
      ],
      ['1 8 200 ab', '1 8 200 ab', '000108c8ab'],
      ['\\# 5 0001080200', '\\# 5 0001080200', '0001080200'],
    ],
    bad: [
      ['60485 5 1 2BB183AF', 3, 'DS digest: expected 20 bytes for digest type 1, found 4'],
      ['60485 5 1 2BB', 3, '3 characters that end "2BB", which cannot be whole bytes'],
      ['60485 5 1 xx', 3, 'DS digest: expected pairs of hex digits, found "xx"'],
      ['60485 5 1', 3, 'found the end of the record'],
      ['70000 5 1 00', 0, 'DS keyTag'],
      ['1 5 256 00', 2, 'DS digestType'],
    ],
    badWire: ['', 'ec450501'],
  },
  EUI48: {
    code: 108,
    good: [['00-00-5e-00-53-2A', '00-00-5e-00-53-2a', '00005e00532a']],
    bad: [
      ['00-00-5e-00-53', 0, 'EUI48 address: expected 6 bytes such as 00-00-5e-00-53-2a, found "00-00-5e-00-53"'],
      ['00:00:5e:00:53:2a', 0, 'found'],
      ['0-00-5e-00-53-2aa', 0, 'found'],
    ],
    badWire: ['', '00005e0053', '00005e00532a00'],
  },
  EUI64: {
    code: 109,
    good: [['00-00-5e-ef-10-00-00-2a', '00-00-5e-ef-10-00-00-2a', '00005eef1000002a']],
    bad: [['00-00-5e-00-53-2a', 0, 'EUI64 address: expected 8 bytes']],
    badWire: ['', '00005e00532a'],
  },
  HIP: {
    code: 55,
    good: [
      [
        '2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs1 rvs2.example.net.',
        '2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs1.example.com. rvs2.example.net.',
        '10020084200100107b1a74df365639cc39f1d57803010001b771ca136e4aeb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad34f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c5e430472767331076578616d706c6503636f6d000472767332076578616d706c65036e657400',
      ],
      [
        '2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D',
        '2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D',
        '10020084200100107b1a74df365639cc39f1d57803010001b771ca136e4aeb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad34f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c5e43',
      ],
    ],
    bad: [
      ['2 200 AAAA', 1, 'found "200" as tag'],
      ['2 - AAAA', 1, 'found "-" as tag'],
      [
        '256 00 AAAA',
        0,
        'HIP identity: expected an algorithm, a tag in hex and a key in base64, each without blanks, found "256" as algorithm',
      ],
      ['2 00 AAA', 2, 'found "AAA" as key'],
      ['2 00', 2, 'found the end of the record as key'],
      ['2 00 AAAA a..b', 3, 'HIP servers: expected domain names, found an empty label'],
    ],
    badWire: ['', '01020003', '0002000300aaaaaa', '0102000000', '010200030000000001'],
    targets: ['rvs1.example.com.', 'rvs2.example.net.'],
  },
  HTTPS: {
    code: 65,
    good: [
      [
        '1 . alpn=h2,h3 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:DB8::1',
        '1 . alpn=h2,h3 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1',
        '0001000001000602683202683300040008c0000201c00002020006001020010db8000000000000000000000001',
      ],
      ['0 pool.example.net.', '0 pool.example.net.', '000004706f6f6c076578616d706c65036e657400'],
      [
        '1 . ech=AEj+DQBEAQAgACAdd+scUi0IYFsXnUIU7ko2Nd9+F8M26pAGZVpz/KrWPgAEAAEAAWQVZWNoLXNpdGVzLmV4YW1wbGUubmV0AAA=',
        '1 . ech=AEj+DQBEAQAgACAdd+scUi0IYFsXnUIU7ko2Nd9+F8M26pAGZVpz/KrWPgAEAAEAAWQVZWNoLXNpdGVzLmV4YW1wbGUubmV0AAA=',
        '0001000005004a0048fe0d004401002000201d77eb1c522d08605b179d4214ee4a3635df7e17c336ea9006655a73fcaad63e00040001000164156563682d73697465732e6578616d706c652e6e65740000',
      ],
    ],
    bad: [
      ['1', 1, 'HTTPS target: expected a domain name, found the end of the record'],
      [
        '1 . h2',
        2,
        'HTTPS params: expected parameters such as alpn=h2,h3 port=8443, each once, found the unknown key "h2"',
      ],
      ['1 . ipv4hints=192.0.2.1', 2, 'did you mean "ipv4hint"?'],
    ],
    badWire: ['', '000100000100', '0001000001000003026832'],
    targets: ['.'],
  },
  IPSECKEY: {
    code: 45,
    good: [
      [
        '10 3 2 gw AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
        '10 3 2 gw.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
        '0a0302026777076578616d706c6503636f6d00010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
      ],
      ['10 1 2 192.0.2.38 AQNRU3mG', '10 1 2 192.0.2.38 AQNRU3mG', '0a0102c0000226010351537986'],
      [
        '10 2 2 2001:DB8:0:8002::2000:1 AQNRU3mG',
        '10 2 2 2001:db8:0:8002::2000:1 AQNRU3mG',
        '0a020220010db8000080020000000020000001010351537986',
      ],
      ['10 0 2 . AQNR U3mG', '10 0 2 . AQNRU3mG', '0a0002010351537986'],
      ['10 1 0 192.0.2.3', '10 1 0 192.0.2.3', '0a0100c0000203'],
    ],
    bad: [
      [
        '10 4 2 . AAAA',
        1,
        'IPSECKEY gateway: expected a kind, an algorithm and a gateway: 0 a ".", 1 a IPv4 address, 2 a IPv6 address, 3 a name, found "4" as kind',
      ],
      ['10 1 256 . AAAA', 2, 'found "256" as algorithm'],
      ['10 1 2 2001:db8::1 AAAA', 3, 'found "2001:db8::1" as gateway of kind 1'],
      ['10 0 2 gw AAAA', 3, 'found "gw" as gateway of kind 0'],
      ['10 3 2', 3, 'found the end of the record as gateway of kind 3'],
      ['10 0 2 . x!', 4, 'IPSECKEY key: expected base64 or nothing, found "x!"'],
    ],
    badWire: ['', '0a', '0a0102c00002', '0a0402', '0a030203', '0a020200'],
    targets: ['gw.example.com.'],
  },
  KX: {
    code: 36,
    good: [
      ['10 kx', '10 kx.example.com.', '000a026b78076578616d706c6503636f6d00'],
      ['0 .', '0 .', '000000'],
    ],
    bad: [['kx 10', 0, 'KX preference']],
    badWire: ['', '000a'],
    targets: ['kx.example.com.'],
  },
  L32: {
    code: 105,
    good: [['10 10.1.2.0', '10 10.1.2.0', '000a0a010200']],
    bad: [['10 10.1.2', 1, 'L32 locator: expected an IPv4 address, found "10.1.2"']],
    badWire: ['', '000a0a0102'],
  },
  L64: {
    code: 106,
    good: [
      ['10 2001:0DB8:1140:1000', '10 2001:db8:1140:1000', '000a20010db811401000'],
      ['20 0:0:0:ffff', '20 0:0:0:ffff', '0014000000000000ffff'],
    ],
    bad: [
      [
        '10 2001:db8::',
        1,
        'L64 locator: expected four groups of hex digits such as 2001:db8:1140:1000, found "2001:db8::"',
      ],
      ['10 2001:0db8:1140:10000', 1, 'found'],
    ],
    badWire: ['', '000a20010db8'],
  },
  LOC: {
    code: 29,
    good: [
      [
        '52 22 23.000 N 4 53 32.000 E -2.00m 0m 10000m 10m',
        '52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m',
        '000016138b3cf018810cbce0009895b8',
      ],
      [
        '42 21 54 N 71 06 18 W -24m 30m',
        '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m',
        '0033161389172dd070be15f000988d20',
      ],
      [
        '42 21 43.528 N 71 05 06.284 W -25m 1m 3000m 10m',
        '42 21 43.528 N 71 5 6.284 W -25.00m 1.00m 3000.00m 10.00m',
        '00123513891704e870bf2e1400988cbc',
      ],
      [
        '32 7 19 S 116 2 25 E 10m',
        '32 7 19.000 S 116 2 25.000 E 10.00m 1.00m 10000.00m 10.00m',
        '00121613791b7d2898e6486800989a68',
      ],
      ['52 N 4 30 E 0', '52 0 0.000 N 4 30 0.000 E 0.00m 1.00m 10000.00m 10.00m', '001216138b28720080f7314000989680'],
      [
        '90 S 180 W -100000.00m 90000000.00m 0.01m 9m',
        '90 0 0.000 S 180 0 0.000 W -100000.00m 90000000.00m 0.01m 9.00m',
        '009910926cb0270059604e0000000000',
      ],
      [
        '0 0 0.001 s 0 w 42849672.95m 123.45m',
        '0 0 0.001 S 0 0 0.000 E 42849672.95m 100.00m 10000.00m 10.00m',
        '001416137fffffff80000000ffffffff',
      ],
    ],
    bad: [
      [
        '',
        0,
        'LOC location: expected a place such as 52 22 23.000 N 4 53 32.000 E -2m 1m 10000m 10m, found the end of the record where the latitude has degrees (0 to 90)',
      ],
      ['91 N 4 E 0', 0, 'found "91" where the latitude has degrees (0 to 90)'],
      ['52 60 N 4 E 0', 1, 'found "60" where the latitude has minutes (0 to 59), N or S'],
      ['52 1 60 N 4 E 0', 2, 'found "60" where the latitude has seconds (0 to 59), N or S'],
      ['52 1 1 1 N 4 E 0', 3, 'found "1" where the latitude has N or S'],
      ['52 E 4 N 0', 1, 'found "E" where the latitude has minutes'],
      ['90 0 0.001 N 4 E 0', 2, 'found more than 90 degrees of latitude'],
      ['52 N 181 E 0', 2, 'found "181" where the longitude has degrees (0 to 180)'],
      ['52 N 4 E', 4, 'found the end of the record as altitude'],
      ['52 N 4 E -100000.01m', 4, 'found "-100000.01m" as altitude'],
      ['52 N 4 E 0 90000000.01m', 5, 'as size'],
      ['52 N 4 E 0 1 -1', 6, 'as horizontal'],
      ['52 N 4 E 0 1 1 x', 7, 'as vertical precision'],
      ['52 N 4 E 0 1 1 1 1', 8, 'expected the end of the LOC record'],
    ],
    badWire: [
      '',
      '011613',
      '011213138b3cf018810cbce0009895b8',
      '000116138b3cf018810cbce0009895b8',
      '00a016138b3cf018810cbce0009895b8',
      '00121a138b3cf018810cbce0009895b8',
      '00121613ffffffff810cbce0009895b8',
      '001216138b3cf018ffffffff009895b8',
      '001216138b3cf018810cbce0009895b800',
    ],
  },
  LP: {
    code: 107,
    good: [['10 l64-subnet1', '10 l64-subnet1.example.com.', '000a0b6c36342d7375626e657431076578616d706c6503636f6d00']],
    bad: [['10', 1, 'LP name: expected a domain name']],
    badWire: ['', '000a03'],
    targets: ['l64-subnet1.example.com.'],
  },
  NAPTR: {
    code: 35,
    good: [
      [
        '100 50 "s" "z3950+I2L+N2L" "" _z3950._tcp',
        '100 50 "s" "z3950+I2L+N2L" "" _z3950._tcp.example.com.',
        '0064003201730d7a333935302b49324c2b4e324c00065f7a33393530045f746370076578616d706c6503636f6d00',
      ],
      [
        '100 10 u E2U+sip "!^(\\\\+441632960083)$!sip:\\\\1@example.com!i" .',
        '100 10 "u" "E2U+sip" "!^(\\\\+441632960083)$!sip:\\\\1@example.com!i" .',
        '0064000a0175074532552b73697028215e285c2b3434313633323936303038332924217369703a5c31406578616d706c652e636f6d216900',
      ],
      ['0 0 "" "" "" .', '0 0 "" "" "" .', '0000000000000000'],
    ],
    bad: [
      ['100 50 "s" "x" ""', 5, 'NAPTR replacement: expected a domain name, found the end of the record'],
      ['1 1 "s-" "x" "" a.', 2, 'NAPTR flags: expected letters and digits, found "s-"'],
      [
        '1 1 u x "!a!b" .',
        4,
        'NAPTR regexp: expected a substitution such as !^.*$!sip:info@example.com!, found "!a!b"',
      ],
      ['1 1 u x "!!b!" .', 4, 'expected a substitution'],
      ['1 1 u x "!a!b!x" .', 4, 'expected a substitution'],
      ['1 1 u x "!a!b!" b.', 5, 'NAPTR replacement: expected "." beside an expression, found a name as well'],
    ],
    badWire: ['', '00640032', '006400320173', '0064003201730000'],
    targets: ['_z3950._tcp.example.com.'],
  },
  NID: {
    code: 104,
    good: [['10 0014:4fff:ff20:ee64', '10 14:4fff:ff20:ee64', '000a00144fffff20ee64']],
    bad: [['10 0014:4fff:ff20', 1, 'NID node: expected four groups of hex digits']],
    badWire: ['', '000a00144fff'],
  },
  NSEC: {
    code: 47,
    good: [
      [
        'host A MX RRSIG NSEC TYPE1234',
        'host.example.com. A MX RRSIG NSEC TYPE1234',
        '04686f7374076578616d706c6503636f6d000006400100000003041b000000000000000000000000000000000000000000000000000020',
      ],
      ['@ NS SOA TXT', 'example.com. NS SOA TXT', '076578616d706c6503636f6d000003220080'],
      [
        '\\000.@ TYPE65535 CAA A',
        '\\000.\\@.example.com. A CAA TYPE65535',
        '01000140076578616d706c6503636f6d00000140010140ff200000000000000000000000000000000000000000000000000000000000000001',
      ],
    ],
    bad: [
      ['host', 1, 'NSEC types: expected at least one record type such as A TYPE65, found the end of the record'],
      ['host A XYZ', 2, 'found "XYZ"'],
      ['host "A"', 1, 'the quoted string'],
    ],
    badWire: ['', '00', '00000140ff', '00000100', '0000210000', '000001400001ff'],
    targets: ['host.example.com.'],
  },
  NSEC3: {
    code: 50,
    good: [
      [
        '1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG',
        '1 1 12 aabbccdd 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG',
        '0101000c04aabbccdd1417f3df17b2b2adaef615257de4d2020b80ac6c7c0006400000000002',
      ],
      [
        '1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S',
        '1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S',
        '01000000001417f3df17b2b2adaef615257de4d2020b80ac6c7c',
      ],
    ],
    bad: [
      [
        '1 1 12 aabbccd 2vptu5timamqttgl4luu9kg21e0aor3s',
        3,
        'NSEC3 salt: expected pairs of hex digits (at most 255), or "-" for none, found "aabbccd"',
      ],
      ['1 1 12 - w0', 4, 'NSEC3 next: expected a hash in base32hex without padding, found "w0"'],
      ['1 1 12 - 2vptu5ti=', 4, 'found'],
      ['1 1 12 - 1', 4, 'found "1"'],
      ['1 1 12 - 01', 4, 'found "01"'],
      ['256 0 0 - 00', 0, 'NSEC3 hash'],
      ['1 0 65536 - 00', 2, 'NSEC3 iterations'],
    ],
    badWire: ['', '0101000c', '0101000c04aabbcc', '0101000c00', '0101000c0000', '0101000c0001', '0101000c0001ff00'],
  },
  NSEC3PARAM: {
    code: 51,
    good: [
      ['1 0 12 AABBCCDD', '1 0 12 aabbccdd', '0100000c04aabbccdd'],
      ['1 0 0 -', '1 0 0 -', '0100000000'],
    ],
    bad: [
      ['1 0 12', 3, 'NSEC3PARAM salt: expected'],
      ['1 0 12 ""', 3, 'the quoted string'],
    ],
    badWire: ['', '0100000c', '0100000c01', '0100000c00aa'],
  },
  OPENPGPKEY: {
    code: 61,
    good: [
      ['mQENBFd8 AQ==', 'mQENBFd8AQ==', '99010d04577c01'],
      ['AA==', 'AA==', '00'],
    ],
    bad: [
      ['', 0, 'OPENPGPKEY key: expected base64, found the end of the record'],
      ['mQENBFd8 AQ', 1, '10 characters that end "AQ", which cannot be whole bytes'],
      ['AQ== AQ==', 1, 'cannot be whole bytes'],
    ],
    badWire: [''],
  },
  RP: {
    code: 17,
    good: [
      [
        'admin.people txt.people',
        'admin.people.example.com. txt.people.example.com.',
        '0561646d696e0670656f706c65076578616d706c6503636f6d00037478740670656f706c65076578616d706c6503636f6d00',
      ],
      ['. .', '. .', '0000'],
    ],
    bad: [['admin', 1, 'RP text: expected a domain name']],
    badWire: ['', '0361'],
    targets: ['admin.people.example.com.', 'txt.people.example.com.'],
  },
  RRSIG: {
    code: 46,
    good: [
      [
        'A 5 3 86400 20030322173103 20030220173103 2642 @ ( oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr\n PYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o )',
        'A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o',
        '00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a090755ba58d1affa576f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c75428631e0cf2a28d50875f70c329d7dbfafea8',
      ],
      [
        'TYPE731 ED25519 2 3600 1440021600 1438207200 3613 example.net. AQID',
        'TYPE731 15 2 3600 20150819220000 20150729220000 3613 example.net. AQID',
        '02db0f0200000e1055d4fc6055b94ce00e1d076578616d706c65036e657400010203',
      ],
      [
        'A 8 2 60 21100101000000 4294967295 1 . AAAA',
        'A 8 2 60 19731124173144 21060207062815 1 . AAAA',
        '000108020000003c0754fd00ffffffff000100000000',
      ],
    ],
    bad: [
      [
        'ANYTHING 5 3 86400 1 0 2642 @ AQID',
        0,
        'RRSIG typeCovered: expected a record type such as MX or TYPE65, found "ANYTHING"',
      ],
      [
        'A 5 3 86400 20030230000000 0 1 @ AQID',
        4,
        'RRSIG expiration: expected a time such as 20260131235959, or seconds since 1970, found "20030230000000"',
      ],
      ['A 5 3 86400 20030228240000 0 1 @ AQID', 4, 'found'],
      ['A 5 3 86400 2003022800000 0 1 @ AQID', 4, 'found'],
      ['A 5 3 86400 4294967296 0 1 @ AQID', 4, 'found'],
      ['A 5 3 86400 99991231235959 0 1 @ AQID', 4, 'found'],
      ['A 5 3 86400 0 x 1 @ AQID', 5, 'RRSIG inception'],
      ['A 5 3 86400 0 0 1 @', 8, 'RRSIG signature: expected base64'],
    ],
    badWire: ['', '0001050300015180', '000105030001518000000000000000000000c00c'],
    targets: ['example.com.'],
  },
  SMIMEA: {
    code: 53,
    good: [
      [
        '3 0 1 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '3 0 1 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '030001d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      ['3 0 0 3082', '3 0 0 3082', '0300003082'],
    ],
    bad: [['3 0 1 00', 3, 'SMIMEA data: expected 32 bytes for matching 1, found 1']],
    badWire: ['', '030001'],
  },
  SPF: {
    code: 99,
    good: [
      ['"v=spf1 -all"', '"v=spf1 -all"', '0b763d73706631202d616c6c'],
      ['v=spf1 "-all"', '"v=spf1" "-all"', '06763d73706631042d616c6c'],
    ],
    bad: [['', 0, 'SPF strings: expected strings of at most 255 bytes each, found the end of the record']],
    badWire: ['', '0561'],
  },
  SSHFP: {
    code: 44,
    good: [
      [
        '2 1 123456789abcdef67890123456789abcdef67890',
        '2 1 123456789abcdef67890123456789abcdef67890',
        '0201123456789abcdef67890123456789abcdef67890',
      ],
      [
        '4 2 ( d4b7d520e7bb5f0f67674a0cceb1e3e0\n 614b93c4f9e99b8383f6a1e4469da50a )',
        '4 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '0402d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      ['1 9 ab', '1 9 ab', '0109ab'],
    ],
    bad: [
      ['2 1 12', 2, 'SSHFP fingerprint: expected 20 bytes for type 1, found 1'],
      ['2 1', 2, 'found the end of the record'],
    ],
    badWire: ['', '0201'],
  },
  SVCB: {
    code: 64,
    good: [
      ['16 foo port=53', '16 foo.example.com. port=53', '001003666f6f076578616d706c6503636f6d00000300020035'],
      ['0 .', '0 .', '000000'],
      [
        '0 foo.example.net. key667=ignored',
        '0 foo.example.net. key667=ignored',
        '000003666f6f076578616d706c65036e657400029b000769676e6f726564',
      ],
      [
        '1 foo key667=hello',
        '1 foo.example.com. key667=hello',
        '000103666f6f076578616d706c6503636f6d00029b000568656c6c6f',
      ],
      [
        '1 foo key667="hello\\210qoo"',
        '1 foo.example.com. key667="hello\\210qoo"',
        '000103666f6f076578616d706c6503636f6d00029b000968656c6c6fd2716f6f',
      ],
      ['1 foo key667', '1 foo.example.com. key667', '000103666f6f076578616d706c6503636f6d00029b0000'],
      [
        '1 foo. ipv6hint="2001:db8::1,2001:db8::53:1"',
        '1 foo. ipv6hint=2001:db8::1,2001:db8::53:1',
        '000103666f6f000006002020010db800000000000000000000000120010db8000000000000000000530001',
      ],
      [
        '1 foo ipv6hint=2001:db8:122:344::192.0.2.33',
        '1 foo.example.com. ipv6hint=2001:db8:122:344::c000:221',
        '000103666f6f076578616d706c6503636f6d000006001020010db80122034400000000c0000221',
      ],
      [
        '16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
        '16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1',
        '001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d313900040004c0000201',
      ],
      [
        '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
        '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
        '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
      ],
      [
        '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
        '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
        '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
      ],
      ['1 . no-default-alpn alpn=h2', '1 . alpn=h2 no-default-alpn', '0001000001000302683200020000'],
      ['1 . key1=\\002h2 key3=\\001\\187', '1 . alpn=h2 port=443', '000100000100030268320003000201bb'],
      [
        '1 . dohpath=/dns-query{?dns} alpn=doq',
        '1 . alpn=doq dohpath="/dns-query{?dns}"',
        '0001000001000403646f71000700102f646e732d71756572797b3f646e737d',
      ],
      [
        '1 . ohttp tls-supported-groups=29,23',
        '1 . ohttp tls-supported-groups=29,23',
        '0001000008000000090004001d0017',
      ],
      [
        '1 . mandatory=key667,port port=1 key667=x',
        '1 . mandatory=port,key667 port=1 key667=x',
        '000100000000040003029b000300020001029b000178',
      ],
      ['1 . key65534', '1 . key65534', '000100fffe0000'],
      ['\\# 7 00010000020000', '\\# 7 00010000020000', '00010000020000'],
    ],
    bad: [
      ['65536 .', 0, 'SVCB priority'],
      [
        '1 . port=53 port=54',
        3,
        'SVCB params: expected parameters such as alpn=h2,h3 port=8443, each once, found port again',
      ],
      ['1 . key3=\\000\\001 port=54', 3, 'found port again'],
      ['1 . port', 2, 'found "port", which needs a number from 0 to 65535'],
      ['1 . port=65536', 2, 'which needs a number'],
      ['1 . port=1,2', 2, 'which needs a number'],
      ['1 . port="5 3"', 2, 'found "port="5 3"", which needs a number'],
      ['1 . alpn', 2, 'found "alpn", which needs protocols such as h2,h3'],
      ['1 . alpn=h2,,h3', 2, 'which needs protocols'],
      [
        '1 . alpn=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
        2,
        'which needs protocols',
      ],
      ['1 . no-default-alpn', 2, 'SVCB params: expected alpn beside no-default-alpn, found none'],
      ['1 . alpn=h2 no-default-alpn=x', 3, 'which takes no value'],
      ['1 . ipv4hint=192.0.2.1,x', 2, 'which needs IPv4 addresses'],
      ['1 . ipv4hint=2001:db8::1', 2, 'which needs IPv4 addresses'],
      ['1 . ipv6hint=192.0.2.1', 2, 'which needs IPv6 addresses'],
      ['1 . ipv6hint', 2, 'which needs IPv6 addresses'],
      ['1 . ech=AAA', 2, 'which needs base64'],
      ['1 . ech', 2, 'which needs base64'],
      ['1 . dohpath=/dns-query', 2, 'which needs a path with the variable dns, such as /dns-query{?dns}'],
      ['1 . dohpath=q{?dns}', 2, 'which needs a path'],
      ['1 . ohttp=1', 2, 'which takes no value'],
      ['1 . tls-supported-groups=29,29', 2, 'which needs numbers from 0 to 65535, each once'],
      ['1 . mandatory=alpn', 2, 'SVCB params: expected alpn, which is said to be mandatory, found none'],
      ['1 . mandatory=mandatory,alpn alpn=h2', 2, 'which needs names of other keys, each once'],
      ['1 . mandatory=alpn,alpn alpn=h2', 2, 'each once'],
      ['1 . mandatory= alpn=h2', 2, 'which needs names'],
      ['1 . key0123=x', 2, 'found the unknown key "key0123"'],
      ['1 . key65535=x', 2, 'found the unknown key "key65535"'],
      ['1 . prot=1', 2, 'did you mean "port"?'],
      ['1 . "port=1"', 2, 'found the quoted string "port=1"'],
      ['1 . key1=h2', 2, 'found "key1=h2", which needs protocols'],
      ['1 . key667=\\256', 2, 'found the escape \\256'],
      ['1 . alpn="h2"h3', 2, 'found a quote inside a word'],
    ],
    badWire: [
      '',
      '0001',
      '000100000300',
      '0001000003000100',
      '000100000300020035000300020035',
      '000100000300020035000100030268',
      '0001000000000000',
      '00010000000002000000030002003500',
      '00010000000004000300010003000200350000',
      '00010000ffff0000',
      '0001000005000000',
      '00010000040003c00002',
      '00010000090003001d00',
      '0001000000000400010001',
      '000100000700022f71',
    ],
    targets: ['foo.example.com.'],
  },
  TLSA: {
    code: 52,
    good: [
      [
        '3 1 1 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A',
        '3 1 1 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '030101d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      [
        '3 1 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50ad4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '3 1 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50ad4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '030102d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50ad4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      ['2 0 0 308201', '2 0 0 308201', '020000308201'],
    ],
    bad: [
      ['3 1 1 00', 3, 'TLSA data: expected 32 bytes for matching 1, found 1'],
      ['3 1 1 abc', 3, 'cannot be whole bytes'],
      ['3 1 1', 3, 'found the end of the record'],
    ],
    badWire: ['', '030101'],
  },
  URI: {
    code: 256,
    good: [
      [
        '10 1 "ftp://ftp1.example.com/public"',
        '10 1 "ftp://ftp1.example.com/public"',
        '000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963',
      ],
      [
        '10 1 https://example.com/a\\"b',
        '10 1 "https://example.com/a\\"b"',
        '000a000168747470733a2f2f6578616d706c652e636f6d2f612262',
      ],
      ['\\# 4 000a0001', '\\# 4 000a0001', '000a0001'],
    ],
    bad: [
      ['10 1 ""', 2, 'URI target: expected a URI, found an empty string'],
      ['10 1', 2, 'URI target: expected a string'],
      ['10 "x"', 1, 'URI weight'],
    ],
    badWire: ['', '000a00'],
  },
  ZONEMD: {
    code: 63,
    good: [
      [
        '2018031500 1 1 7c1a0d35b3e3d5f2a0c9bd3b6a1d11f49c4bda7c7d0f4f4d5b8a4b59e6c8a3b1d2c3e4f5061728394a5b6c7d8e9f0a1b',
        '2018031500 1 1 7c1a0d35b3e3d5f2a0c9bd3b6a1d11f49c4bda7c7d0f4f4d5b8a4b59e6c8a3b1d2c3e4f5061728394a5b6c7d8e9f0a1b',
        '7848b78c01017c1a0d35b3e3d5f2a0c9bd3b6a1d11f49c4bda7c7d0f4f4d5b8a4b59e6c8a3b1d2c3e4f5061728394a5b6c7d8e9f0a1b',
      ],
      [
        '2018031500 1 2 ( d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a\n d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a )',
        '2018031500 1 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50ad4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        '7848b78c0102d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50ad4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
      ],
      [
        '1 240 241 e2d523f654b9422a96c5a8f4',
        '1 240 241 e2d523f654b9422a96c5a8f4',
        '00000001f0f1e2d523f654b9422a96c5a8f4',
      ],
    ],
    bad: [
      ['1 1 1 00', 3, 'ZONEMD digest: expected at least 12 bytes, found 1'],
      [
        '1 1 1 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
        3,
        'ZONEMD digest: expected 48 bytes for hash 1, found 32',
      ],
    ],
    badWire: ['', '000000010101'],
  },
  TYPE65280: {
    code: 65280,
    good: [
      ['\\# 3 0A0b0C', '\\# 3 0a0b0c', '0a0b0c'],
      ['\\# 3 0a 0b0c', '\\# 3 0a0b0c', '0a0b0c'],
      ['\\# 0', '\\# 0', ''],
    ],
    bad: [
      ['0a0b', 0, 'TYPE65280: expected \\# length hex (RFC 3597), found "0a0b"'],
      ['"\\#" 1 00', 0, 'expected \\# length hex'],
      ['\\#', 1, 'expected the length after \\#, found the end of the record'],
      ['\\# x', 1, 'expected the length after \\#, found "x"'],
      ['\\# 65536 00', 1, 'found "65536"'],
      ['\\# 2 00', 1, 'expected 2 bytes in hex, found 1'],
      ['\\# 1 0g', 2, 'expected pairs of hex digits, found "0g"'],
      ['\\# 2 000 0', 2, 'expected pairs of hex digits, found "000"'],
    ],
    badWire: [],
  },
}
