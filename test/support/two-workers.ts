// A node with two packet workers, an admin API and one name, which probes nobody.

export const twoWorkers = {
  'meridian.yaml':
    'node: { name: ns1 }\nlisten: ["127.0.0.1:0"]\nworkers: 2\nadmin: { listen: "127.0.0.1:0" }\nprober: false\nzones: [zones]\n',
  'zones/example.com.zone': '@ 300 SOA ns1 hostmaster 1 3600 900 1209600 30\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n',
}
