import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { KeepAlive, messages } from './keep-alive.ts'
import type { Scene } from './scene.ts'

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** Every series that the program gives out when it keeps a token with an end alive, issues, is refused, renews, and can't deploy. */
export async function emittedSeries(scene: Scene): Promise<readonly Series[]> {
  const texts = [await keptAlive(scene), ...(await issuedAndRenewed(scene))]
  return texts.flatMap((text) => text.split('\n').flatMap((line) => parseSample(line) ?? []))
}

async function keptAlive(scene: Scene): Promise<string> {
  const keepAlive = await KeepAlive.started(scene, ['--metrics-listen', '127.0.0.1:0'], {
    freshToken: { ttl: '1h', explicitMaxTtl: '2h' },
  })
  const { listen } = await keepAlive.waitFor('metrics are served')
  keepAlive.signal('SIGUSR2')
  await keepAlive.waitFor(messages.renewed)
  const text = await (await fetch(`http://${String(listen)}/metrics`)).text()
  keepAlive.signal('SIGTERM')
  await keepAlive.ended
  return text
}

async function issuedAndRenewed(scene: Scene): Promise<readonly string[]> {
  const runs = [
    { args: ['issue', 'a.contract.test', '--out', 'web'], code: 0 },
    { args: ['issue', 'a.contract.test', '--out', 'other', '--role', 'nope'], code: 4 },
    { args: ['renew', 'web'], code: 0 },
    { args: ['renew', 'web', '--deploy-shell', 'false', '--force'], code: 9 },
  ]
  const texts: string[] = []
  for (const [index, { args, code }] of runs.entries()) {
    const file = scene.path(`${index}.prom`)
    expect(await scene.run([...args, '--metrics-file', file])).toMatchObject({ code })
    texts.push(await readFile(file, 'utf8'))
  }
  return texts
}

function parseSample(line: string): Series | undefined {
  const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
  if (name === undefined) return undefined
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [label, value])
  return { name, labels: Object.fromEntries(pairs) as Record<string, string> }
}

/** What a query says of a metric: the labels that it matches on. */
export interface Selector {
  readonly name: string
  readonly labels: readonly string[]
}

/** The metrics of certctl that a query names, with what stands in braces behind each. */
export function selectorsOf(query: string): readonly Selector[] {
  return [...query.matchAll(/\b(certctl_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }))
}

/** The labels that it groups by. */
export function groupingsOf(query: string): readonly string[] {
  return [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  )
}
