import { readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { roundIn } from './sets.ts'

const [root] = process.argv.slice(2) as [string]
const seen = { looks: 0, gone: 0, wrong: [] as unknown[] }

/** Resolves `.live` once and reads certificate and key below what it leads to. */
function lookThroughLive(): void {
  const version = join(root, 'web', readlinkSync(join(root, 'web', '.live')))
  const rounds = ['cert.pem', 'privkey.pem'].map((name) => roundIn(readFileSync(join(version, name), 'utf8')))
  if (rounds[0] === undefined || rounds[0] !== rounds[1]) seen.wrong.push({ version, rounds })
}

/** Files beside the directory can't be read at one look, but each must be whole, and there. */
function lookAtPlainFiles(): void {
  for (const name of ['cert.pem', 'key.pem']) {
    const text = readFileSync(join(root, 'plain', name), 'utf8')
    if (roundIn(text) === undefined) seen.wrong.push({ name, text })
  }
}

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

// Three publications later a version is gone; one that is slower than that finds nothing, but nothing wrong.
while (!stop.signal.aborted) {
  for (let look = 0; look < 50; look += 1) {
    seen.looks += 1
    try {
      lookThroughLive()
    } catch {
      seen.gone += 1
    }
    lookAtPlainFiles()
  }
  await new Promise((resolve) => setImmediate(resolve))
}
process.stdout.write(JSON.stringify(seen))
