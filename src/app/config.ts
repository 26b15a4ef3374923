// The whole configuration, composed of the members' schemas: meridian.yaml, a zone's file, and a file of shared checks and pools.

import { hostname } from 'node:os'
import { z } from 'zod'
import { answerConfig } from '../core/answer/config.ts'
import { subnetConfig } from '../core/answer/subnet-rules.ts'
import { duration, endpoint, label, percent } from '../core/base/schema.ts'
import { networksConfig } from '../core/geo/networks.ts'
import { positionConfig } from '../core/geo/position.ts'
import { unknownConfig, votingConfig } from '../core/health/config.ts'
import { poolConfig, serviceConfig } from '../core/steer/config.ts'
import { zoneConfig } from '../core/zone/yaml/schema.ts'
import { adminConfig } from '../io/control/config.ts'
import { tcpConfig } from '../io/listen/config.ts'
import { checkConfig } from '../io/probe/checks/index.ts'
import { storeConfig } from '../io/store/index.ts'
import { logLevels } from '../io/telemetry/log.ts'

function path(description: string) {
  return z
    .string()
    .min(1)
    .meta({ description: `${description}; relative to the file it stands in` })
}

const paths = (description: string) =>
  z
    .union([path(description), z.array(path(description))])
    .transform((value) => (Array.isArray(value) ? value : [value]))

/** No secret at all: everybody knows it. */
export const DEFAULT_SECRET = 'meridian'

/** meridian.yaml */
export const nodeConfig = z.strictObject({
  node: z
    .strictObject({
      name: label()
        .prefault(
          () =>
            hostname()
              .replace(/[^A-Za-z0-9_.-]/g, '-')
              .slice(0, 63) || 'node',
        )
        .describe('unique among nodes and probers; default: the host name'),
      region: label().default('local').describe('the vantage region it probes from'),
    })
    .prefault({}),
  listen: z
    .array(endpoint())
    .min(1)
    .prefault(['127.0.0.1:5300', '[::1]:5300'])
    .describe('addresses for DNS over UDP and TCP'),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(256)])
    .default('auto')
    .describe('packet workers: a number, or auto: one per processor'),
  transport: z
    .enum(['auto', 'batched', 'portable'])
    .default('auto')
    .describe('how UDP is served: batched (Linux), portable, or auto: the best that works here'),
  tcp: tcpConfig.prefault({}).describe('what clients may hold over TCP'),
  ...answerConfig,
  zones: paths('folders and files of zones: *.yaml, and *.zone in master-file form').prefault('zones'),
  include: paths('YAML files with checks, pools and services that every zone may use').prefault([]),
  geo: z
    .strictObject({
      databases: paths('.mmdb files in order of priority; none: the embedded country database').prefault([]),
      networks: paths("the operator's own networks: YAML files, and tables as .csv").prefault([]),
      groups: z
        .record(label(), z.array(z.string()).min(1))
        .default({})
        .describe('places under one name, for conditions such as `group dach`; a group may hold others'),
    })
    .prefault({}),
  ecs: subnetConfig.default('any'),
  regions: z
    .record(label(), z.strictObject({ at: positionConfig }))
    .default({})
    .describe('where vantage regions stand; default: where the first pool of the region does'),
  store: storeConfig.default('memory'),
  state: path('folder that this node keeps overrides and served serials in, so that a restart forgets none').prefault(
    'state',
  ),
  prober: z.boolean().default(true).describe('whether this node also probes, from its region'),
  allow_exec: z.boolean().default(false).describe('whether this node may run the programs of exec checks'),
  health: z
    .strictObject({
      vantages: z
        .array(label())
        .min(1)
        .max(64)
        .optional()
        .describe("the regions evidence is expected from; default: this node's own"),
      last_known: duration()
        .prefault('10m')
        .describe(
          'how long a verdict stands when evidence stops coming; after that a target is unknown, which is not down',
        ),
      rule: votingConfig.default('majorities').describe('how the regions make a verdict'),
      unknown: unknownConfig.default('up'),
      doubt: percent()
        .prefault('70%')
        .describe(
          'a prober that changes its mind on more of its targets than this at once is not believed until another region says the same; 100%: never doubted',
        ),
      first_round: duration({ atMostMs: 300_000 })
        .prefault('10s')
        .describe('how long a starting node waits for the first evidence before it answers all the same'),
      probers_per_region: z
        .int()
        .min(1)
        .max(100)
        .default(2)
        .describe('how many probers of a region look after each target; further ones stand by'),
      probes_per_target: z
        .int()
        .min(1)
        .max(1000)
        .default(10)
        .describe(
          'probes a second that one prober starts at one address and port, at most, whatever its checks add up to',
        ),
      probes_at_once: z
        .int()
        .min(1)
        .max(10_000)
        .default(512)
        .describe('probes of one prober under way at the same time, at most'),
    })
    .superRefine(({ rule, vantages = [''] }, context) => {
      // A region counts once, however often it is named.
      for (const [i, name] of vantages.entries())
        if (vantages.indexOf(name) < i)
          context.addIssue({
            code: 'custom',
            message: `expected each region once, found ${name} again`,
            path: ['vantages', i],
          })
      if (typeof rule === 'string' || !('down' in rule) || rule.down <= vantages.length) return
      const regions =
        vantages.length === 1 ? 'the one vantage region there is' : `the ${vantages.length} vantage regions there are`
      const message = `expected no more than ${regions}, found ${rule.down}`
      context.addIssue({ code: 'custom', message, path: ['rule', 'down'] })
    })
    .prefault({}),
  admin: adminConfig.prefault({}),
  secret: z
    .string()
    .min(1)
    .default(DEFAULT_SECRET)
    .meta({ secret: true, description: 'keys the dice; the same on all replicas, so that they agree' }),
  log: z.strictObject({ level: z.enum(logLevels).default('info') }).prefault({}),
})

const shared = {
  checks: z.record(label(), checkConfig).default({}).describe('checks by name'),
  pools: z.record(label(), poolConfig).default({}).describe('pools by name'),
  services: z
    .record(label(), serviceConfig)
    .default({})
    .describe('services by name; pools and services share their names'),
}

/** A file named by `include` in meridian.yaml. */
export const sharedConfig = z.strictObject(shared)

/** zones/*.yaml */
export const zoneFileConfig = z.strictObject({
  ...zoneConfig,
  ecs: subnetConfig.optional().describe("as `ecs` in meridian.yaml, which is the default; for this zone's services"),
  include: paths('master files with static records of the zone').prefault([]),
  ...shared,
})

export { networksConfig }

export type NodeConfig = z.infer<typeof nodeConfig>
export type SharedConfig = z.infer<typeof sharedConfig>
export type ZoneFileConfig = z.infer<typeof zoneFileConfig>

/** The regions that evidence is expected from, in their order. */
export function vantagesOf(config: NodeConfig): readonly string[] {
  return config.health.vantages ?? [config.node.region]
}
