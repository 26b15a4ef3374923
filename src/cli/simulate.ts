// meridian simulate: pools go down and return in virtual time, and the load of every pool follows.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { openChance } from '../app/rehearsal/chance.ts'
import { drawChart } from '../app/rehearsal/chart.ts'
import { internetPopulation, logPopulation, type Population } from '../app/rehearsal/population.ts'
import { loadScenario, type Scenario } from '../app/rehearsal/scenario.ts'
import { checkScenario, simulate } from '../app/rehearsal/simulate.ts'
import { openStage, type Stage } from '../app/rehearsal/stage.ts'
import { printDuration } from '../core/base/duration.ts'
import { type Problem, printProblem } from '../core/base/problem.ts'
import { readLines } from '../io/config/lines.ts'
import { writeText } from '../io/config/write.ts'
import { configOption } from './config-option.ts'
import { Exit, newCommand, type Print } from './print.ts'
import { openProgress } from './progress.ts'
import { count } from './share-text.ts'
import { printSimulation, printSimulationJson } from './simulate-text.ts'
import { collect } from './stages.ts'

const example = `
Examples:
  $ meridian simulate --down eu@5m --up eu@12m --for 30m
  $ meridian simulate failover.yaml --config /etc/meridian/meridian.yaml --chart failover.svg
  $ meridian simulate failover.yaml --queries queries.log --json

Exit code: 0 where no pool is over its capacity, 1 where one is (or there are mistakes), 2 for wrong usage.`

interface Options {
  readonly config: string
  readonly down: string[]
  readonly up: string[]
  readonly capacity: string[]
  readonly for?: string
  readonly step?: string
  readonly demand?: number
  readonly name?: string
  readonly queries?: string
  readonly seed: number
  readonly chart?: string
  readonly json?: true
}

export function simulateCommand(print: Print): Command {
  return newCommand('simulate', print)
    .description('see where the load goes while pools go down and return, with the caches of resolvers in between')
    .argument('[scenario]', 'a YAML file with what happens; the options below add to it')
    .addOption(configOption())
    .option('--down <pool@time>', 'a pool, or a target, that goes down then: eu@5m (repeatable)', collect, [])
    .option('--up <pool@time>', 'one that returns then (repeatable)', collect, [])
    .option('--for <duration>', 'how long it goes on (30m)')
    .option('--step <duration>', 'the length of an interval')
    .addOption(new Option('--demand <load>', 'what all clients ask of the pools together (100)').argParser(readAmount))
    .option('--capacity <pool=load>', 'what a pool can take, in the same unit (repeatable)', collect, [])
    .option('--name <name>', 'the name that clients ask for')
    .option('--queries <log>', 'take the clients from a query log: name, type, client')
    .addOption(
      new Option('--seed <number>', 'another seed is another sample of clients').argParser(readSeed).default(1),
    )
    .option('--chart <file>', 'draw it, as SVG')
    .option('--json', 'print JSON')
    .addHelpText('after', example)
    .action((file: string | undefined, options: Options) => run(print, file, options))
}

function readAmount(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Expected a number above 0.')
}

function readSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number.')
}

function run(print: Print, file: string | undefined, options: Options): void {
  const staged = openStage(options.config)
  if ('problems' in staged) return stop(print, staged.problems)
  const { stage } = staged
  const loaded = loadScenario(file, options)
  if ('problems' in loaded) return stop(print, loaded.problems)
  if ('wrong' in loaded) return refuse(print, [loaded.wrong])
  const { scenario } = loaded
  const wrong = checkScenario(stage, scenario)
  if (wrong.length > 0) return refuse(print, wrong)
  const chance = openChance(options.seed)
  const population = populate(print, stage, scenario, options, chance)
  if (typeof population === 'string') return refuse(print, [population])
  const progress = openProgress(print, 'seconds simulated')
  const simulation = simulate(stage, scenario, population, chance, progress)
  print.out(
    options.json
      ? printSimulationJson(simulation, scenario, population, options.seed)
      : printSimulation(simulation, scenario, population),
  )
  print.exit(simulation.overloads.length > 0 ? Exit.problems : Exit.ok)
  // After what was found is printed: a disk that is full does not take that too.
  if (options.chart !== undefined) {
    const subtitle = `${count(population.clients, 'client')}: ${population.source}; intervals of ${printDuration(scenario.stepSec * 1000)}, seed ${options.seed}`
    const title = scenario.name === undefined ? 'Load of the pools' : `Load of the pools of ${scenario.name}`
    writeText(options.chart, drawChart(simulation, { title, subtitle, startSec: scenario.startSec }))
  }
}

function populate(
  print: Print,
  stage: Stage,
  scenario: Scenario,
  { queries }: Options,
  chance: ReturnType<typeof openChance>,
): Population | string {
  if (queries === undefined) return internetPopulation(stage, scenario, chance)
  const read = logPopulation(stage, readLines(queries), scenario, chance)
  if (typeof read === 'string') return read
  if (read.bad > 0) print.err(`${queries}: ${count(read.bad, 'line')} could not be read`)
  if (read.other > 0) print.err(`${queries}: ${read.other} queries for names without a service are left out`)
  return read.population
}

function stop(print: Print, problems: readonly Problem[]): void {
  for (const problem of problems) print.err(printProblem(problem))
  print.exit(Exit.problems)
}

function refuse(print: Print, wrong: readonly string[]): void {
  for (const mistake of wrong) print.err(`error: ${mistake}`)
  print.exit(Exit.usage)
}
