// A node of its own with the zones and services of the corpus, to be attacked through its sockets.

import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { fullZone } from './corpus.ts'

export interface FullNode extends AsyncDisposable {
  readonly node: Running
}

const zone = {
  zone: 'example.com',
  ttl: '60s',
  soa: { mname: 'ns1', rname: 'hostmaster', serial: 1, negative: '30s' },
  ns: ['ns1'],
  include: ['static.records'],
  records: {
    ns1: { A: '192.0.2.53' },
    '@': { service: 'flat' },
    web: { service: 'web' },
    '*.web': { service: 'web' },
    flat: { service: 'flat' },
  },
  pools: {
    eu: { at: { lat: 53, lon: -8 }, targets: [{ address: '203.0.113.1' }, { address: '203.0.113.2', weight: 3 }] },
    us: { at: { lat: 39, lon: -77 }, targets: [{ address: '203.0.113.3' }, { address: '203.0.113.4' }] },
    six: {
      at: { lat: 1, lon: 104 },
      answers: 32,
      targets: Array.from({ length: 32 }, (_, i) => ({ address: `2001:db8:2::${i + 1}` })),
    },
  },
  services: {
    web: {
      steer: {
        geo: [{ where: ['country JP'], to: { failover: ['us', 'six'] } }, { to: { nearest: ['eu', 'us', 'six'] } }],
      },
    },
    flat: { steer: { failover: ['six', 'eu'] } },
  },
}

/** `portable`: the transport of every system, instead of batches. */
export async function startFullNode(transport: 'auto' | 'portable' = 'auto'): Promise<FullNode> {
  const folder: Folder = openFolder({
    'meridian.yaml': {
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      // One, so that answers come in the order of the requests.
      workers: 1,
      transport,
      prober: false,
      tcp: { idle: '2s' },
      geo: { databases: ['places.mmdb'] },
    },
    'places.mmdb': writeMmdb([{ prefix: '198.51.0.0/16', record: { country_code: 'JP' } }]),
    'zones/example.com.yaml': zone,
    'zones/static.records': fullZone,
    'zones/child.example.com.zone':
      '$TTL 60\n@ SOA ns1 h 1 1h 15m 2w 30\n@ NS ns1\nns1 A 192.0.2.53\nwww A 192.0.2.7\n',
    'zones/2.0.192.in-addr.arpa.zone':
      '$TTL 60\n@ SOA ns1.example.com. h 1 1h 15m 2w 30\n@ NS ns1.example.com.\n1 PTR www.example.com.\n',
  })
  try {
    const node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    return {
      node,
      async [Symbol.asyncDispose]() {
        await node[Symbol.asyncDispose]()
        folder[Symbol.dispose]()
      },
    }
  } catch (error) {
    folder[Symbol.dispose]()
    throw error
  }
}
