// Numbers of the message format (RFC 1035 §4.1, RFC 6891, RFC 7871) in one place.

export const HEADER = 12

export const Flag = { qr: 0x8000, aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, ad: 0x0020, cd: 0x0010 } as const

export const Rcode = {
  noError: 0,
  formErr: 1,
  servFail: 2,
  nxDomain: 3,
  notImp: 4,
  refused: 5,
  yxDomain: 6,
  badVers: 16,
  badCookie: 23,
} as const

export const Type = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  KX: 36,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const

export const Class = { IN: 1, CH: 3, ANY: 255 } as const

export const EdnsOption = {
  nsid: 3,
  clientSubnet: 8,
  cookie: 10,
  tcpKeepalive: 11,
  padding: 12,
  extendedError: 15,
} as const

/** The size of UDP responses that fits through the Internet unfragmented (DNS Flag Day 2020). */
export const UDP_SIZE = 1232
