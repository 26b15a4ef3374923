// What $GENERATE makes of its line; BIND is asked the same in test/interop/compilezone.test.ts.

/** [the line after the directive, its records with owners relative to example.com and a TTL of 60 left out] */
export const generateCases: readonly (readonly [string, readonly string[]])[] = [
  ['1-3 a$ A 192.0.2.$', ['a1 A 192.0.2.1', 'a2 A 192.0.2.2', 'a3 A 192.0.2.3']],
  ['0-10/5 a$ A 192.0.2.$', ['a0 A 192.0.2.0', 'a5 A 192.0.2.5', 'a10 A 192.0.2.10']],
  ['0-9/5 $ CNAME $.0', ['0 CNAME 0.0.example.com.', '5 CNAME 5.0.example.com.']],
  ['7-7 a${0,3,d}.b$c$ PTR host-${100}.x', ['a007.b7c7 PTR host-107.x.example.com.']],
  ['1-1 a${-1} A 192.0.2.${+4}', ['a0 A 192.0.2.5']],
  ['171-171 o${0,4,o} TXT ${0,0,o}', ['o0253 TXT "253"']],
  ['171-171 x${0,4,x} TXT ${0,1,X}', ['x00ab TXT "AB"']],
  ['171-171 n${0,7,n} TXT ${0,0,N}', ['nb.a.0.0 TXT "B.A"']],
  ['5-5 n${0,2,n}x TXT ${0,4,n}z', ['n5.x TXT "5.0.z"']],
  ['171-171 n${0,3,n}x TXT ${0,2,n}z', ['nb.ax TXT "b.az"']],
  ['3-3 a\\$$ TXT "\\$ $$ $"', ['a\\$3 TXT "$" "$" "3"']],
  ['3-3 a$$ TXT "one \\"two $\\" \\\\"', ['a\\$ TXT "one" "two 3" "\\\\"']],
  ['1-2 a$ MX "10 mail$"', ['a1 MX 10 mail1.example.com.', 'a2 MX 10 mail2.example.com.']],
  ['1-1 a TYPE65280 "\\# 2 0a${0,2,x}"', ['a TYPE65280 \\# 2 0a01']],
  ['2147483647-2147483647 a$ A 192.0.2.1', ['a2147483647 A 192.0.2.1']],
]
