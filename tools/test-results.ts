// Reads what Vitest's JSON reporter wrote, for .ci/run.
//
//   node tools/test-results.ts failed FIRST            the files that have to be run again, one a line
//   node tools/test-results.ts count FIRST[,AGAIN] …   how many tests of all suites passed and failed, in the last line

import { readFileSync } from 'node:fs'

interface FileResult {
  readonly name: string
  readonly status: string
  readonly assertionResults: readonly { readonly status: string }[]
}

export interface Counts {
  readonly passed: number
  readonly failed: number
}

/** Of one suite's runs, the later of which replace what earlier ones found of the same files. */
export function countTests(runs: readonly (readonly FileResult[])[]): Counts {
  const byFile = new Map(runs.flat().map((result) => [result.name, result]))
  let passed = 0
  let failed = 0
  for (const { status, assertionResults } of byFile.values()) {
    const of = (wanted: string): number => assertionResults.filter((one) => one.status === wanted).length
    passed += of('passed')
    // A file that does not even load has no tests to fail: it counts as one.
    failed += status === 'failed' ? Math.max(1, of('failed')) : of('failed')
  }
  return { passed, failed }
}

function readResults(file: string): FileResult[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { testResults: FileResult[] }).testResults
}

/** A suite that left no results counts as a test that failed. */
function countSuite(files: string): Counts {
  try {
    return countTests(files.split(',').map(readResults))
  } catch {
    return { passed: 0, failed: 1 }
  }
}

if (import.meta.main) {
  const [what, ...files] = process.argv.slice(2)
  if (what === 'failed') {
    for (const { name, status } of readResults(files[0]!)) if (status === 'failed') console.log(name)
  } else {
    const counts = files.map(countSuite)
    const sum = (of: keyof Counts): number => counts.reduce((total, each) => total + each[of], 0)
    console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
    process.exitCode = sum('failed') > 0 ? 1 : 0
  }
}
