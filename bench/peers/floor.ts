// The floor beneath all servers: a loop in C that receives and sends in batches (bench/echo.c), compiled here.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type CpuTime, readCpu } from '../cpu.ts'

export interface Floor extends AsyncDisposable {
  readonly port: number
  cpu(): CpuTime
}

/** Needs gcc. `folder` takes the program. */
export async function startFloor(folder: string): Promise<Floor> {
  const program = join(folder, 'echo')
  const source = fileURLToPath(new URL('../echo.c', import.meta.url))
  execFileSync('gcc', ['-O2', '-o', program, source], { stdio: ['ignore', 'ignore', 'inherit'] })
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return {
    port: Number(line),
    cpu: () => readCpu(child.pid!),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
