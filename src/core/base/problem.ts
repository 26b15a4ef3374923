// A Problem is a mistake of the operator's: never thrown, always collected, so that one run reports all of them.

export interface Place {
  /** Path as the operator would type it. */
  readonly file: string
  /** 1-based; 0 when only the file is known. */
  readonly line: number
  readonly col: number
}

export interface Problem extends Place {
  /** Where in the document, such as `pools.eu.targets[0].weight`; empty in master files. */
  readonly path: string
  /** What was expected and what was found. */
  readonly message: string
  /** A way out, such as `did you mean "weight"?` */
  readonly hint?: string
  /** A warning is shown and obeyed; an error keeps the old data in service. */
  readonly severity: 'error' | 'warning'
}

/** `file:line:col path: message (hint)`, the form that editors make clickable. */
export function printProblem(problem: Problem): string {
  const at = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.col}` : problem.file
  const path = problem.path === '' ? '' : ` ${problem.path}`
  const kind = problem.severity === 'warning' ? ' warning:' : ''
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`
  return `${at}${path}:${kind} ${problem.message}${hint}`
}

export function isError(problem: Problem): boolean {
  return problem.severity === 'error'
}

/** A mistake inside one document, before its place in the file has been looked up. */
export interface Finding {
  readonly path: readonly (string | number)[]
  /** Where to point: at what stands there (the default), or at the last key of the path, where that itself is wrong. */
  readonly at?: 'key' | 'value'
  readonly message: string
  readonly hint?: string
  readonly severity: 'error' | 'warning'
}

/** `pools.eu.targets[0].weight` */
export function printPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`
  return text
}
