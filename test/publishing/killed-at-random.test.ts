import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openCertificateDirectory } from '../../src/files/certificate-directory.ts'
import { PublishJournal } from '../../src/files/plain/publish-journal.ts'
import { makePrograms } from './support/programs.ts'
import { roundIn } from './support/sets.ts'

/** How many publications are to be survived; a run is stopped after so long all the same. */
const rounds = 10_000
const longest = 600_000

it(
  `shows no mixed and no half-written set in ${rounds} publications, killed again and again`,
  async ({ onTestFinished }) => {
    const programs = await makePrograms()
    // In memory where that is there: a disk takes most of the time for what no reader sees.
    const root = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'certctl-publishing-'))
    onTestFinished(async () => {
      await programs.remove()
      await rm(root, { recursive: true })
    })
    for (const name of ['plain', 'state']) await mkdir(join(root, name))
    let round = await publishUntilKilled(programs.publisher, root, 0, 1)
    const reader = spawn(process.execPath, [programs.reader, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    const told = collect(reader)

    const end = performance.now() + longest
    let kills = 0
    while (round < rounds && performance.now() < end) {
      round = await publishUntilKilled(programs.publisher, root, round + 1, 1 + Math.floor(Math.random() * 60))
      kills += 1
      await expectWhole(root, round)
    }

    reader.kill('SIGTERM')
    await once(reader, 'close')
    const seen = JSON.parse(told()) as { looks: number; gone: number; wrong: unknown[] }
    console.log(`${round} publications, ${kills} kills, ${seen.looks} looks by a reader, ${seen.gone} of them too late`)
    expect(seen.wrong).toEqual([])
    expect(round).toBeGreaterThanOrEqual(rounds)
    expect(kills).toBeGreaterThan(rounds / 100)
    expect(seen.looks - seen.gone).toBeGreaterThan(rounds)
  },
  longest + 60_000,
)

/** Killed at some instant after so many publications; the last round that it may have begun. */
async function publishUntilKilled(
  publisher: string,
  root: string,
  from: number,
  publications: number,
): Promise<number> {
  const child = spawn(process.execPath, [publisher, root, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told = collect(child)
  const last = (): number => Number(told().trim().split('\n').at(-1) || from - 1)
  const closed = once(child, 'close')
  while (last() < from + publications - 1 && child.exitCode === null) await once(child.stdout, 'data')
  await wait(Math.random() * 8)
  child.kill('SIGKILL')
  const [code] = (await closed) as [number | null]
  expect(code).toBeNull()
  return last() + 1
}

/** After a kill, and after the next run has cleared: one set everywhere, and nothing beside it. */
async function expectWhole(root: string, latest: number): Promise<void> {
  const plain = ['cert.pem', 'key.pem'].map((name) => join(root, 'plain', name))
  const web = ['cert.pem', 'privkey.pem', 'fullchain.pem'].map((name) => join(root, 'web', name))
  for (const path of [...plain, ...web]) expect(await roundAt(path)).toBeOneOf([latest, latest - 1])
  expect(new Set(await Promise.all(web.map(roundAt))).size).toBe(1)
  const directory = openCertificateDirectory(join(root, 'web'))
  await directory.recover(new PublishJournal(join(root, 'state'), directory.path))
  await directory.clearLeftovers()
  expect(new Set(await Promise.all([...plain, ...web].map(roundAt))).size).toBe(1)
  expect(await readdir(join(root, 'plain'))).toEqual(['cert.pem', 'key.pem'])
  expect(await readdir(join(root, 'state', 'journals'))).toEqual([])
  const names = await readdir(join(root, 'web'), { recursive: true })
  expect(names.filter((name) => /\.new$|\.tmp$/.test(name))).toEqual([])
}

async function roundAt(path: string): Promise<number | undefined> {
  return roundIn(await readFile(path, 'utf8'))
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', (part: string) => (text += part))
  return () => text
}
