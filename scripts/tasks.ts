import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A command to run, with the name it is reported under. */
export interface Task {
  readonly name: string
  /** An npm script, or a program with its arguments. */
  readonly command: readonly [string, ...string[]]
  /** Where it runs; the current folder by default. */
  readonly folder?: string
}

/** How a {@link Task} went. */
export interface Outcome {
  readonly task: Task
  readonly ok: boolean
  readonly output: string
}

/** Runs one command to its end and keeps what it says. */
export const run = (task: Task): Promise<Outcome> =>
  new Promise((resolve) => {
    const { FORCE_COLOR: _, ...environment } = process.env
    const [program, ...args] = task.command
    const child = spawn(program, args, {
      cwd: task.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, NO_COLOR: '1' },
    })
    let output = ''
    const keep = (chunk: Buffer): void => void (output += chunk.toString())
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ task, ok: false, output: error.message }))
    child.on('close', (code) => resolve({ task, ok: code === 0, output }))
  })

/** Runs tasks in their order, `width` of them at a time, and tells of each as it ends. */
export const runAll = async (
  tasks: readonly Task[],
  width: number,
  tell: (outcome: Outcome, seconds: number) => void,
): Promise<Outcome[]> => {
  const waiting = [...tasks]
  const outcomes: Outcome[] = []
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const began = performance.now()
      const outcome = await run(task)
      outcomes.push(outcome)
      tell(outcome, (performance.now() - began) / 1000)
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  return outcomes
}

/** One line for each task, and all that a failed one said. */
export const tellOutcome = ({ task, ok, output }: Outcome, seconds: number): void => {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${task.name.padEnd(20)} ${seconds.toFixed(1)} s`)
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '       '))
}

/** Every `check:*` script of package.json, the build first: what comes after it may need what it makes. */
export const gates = (): Task[] => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const names = Object.keys(scripts).filter((name) => name.startsWith('check:'))
  const order = ['check:build', ...names.filter((name) => name !== 'check:build')]
  return order.map((name) => ({ name, command: ['npm', 'run', '--silent', name] }))
}
