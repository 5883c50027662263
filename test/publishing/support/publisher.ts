import { join } from 'node:path'
import { systemClock } from '../../../src/core/clock.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { withLock } from '../../../src/files/lock.ts'
import { PublishJournal } from '../../../src/files/plain/publish-journal.ts'
import { setOfRound } from './sets.ts'

const [root, from] = process.argv.slice(2) as [string, string]

const directory = openCertificateDirectory(join(root, 'web'))

// Publishes round after round, as the operations do but without an issuer, until it is killed.
for (let round = Number(from); ; round += 1) {
  const set = setOfRound(round)
  const journal = new PublishJournal(join(root, 'state'), directory.path)
  await withLock(join(root, 'state', 'locks'), directory.path, { clock: systemClock }, async () => {
    await directory.recover(journal)
    const contents = { 'cert.pem': set.cert, 'key.pem': set.key!.reveal() }
    const plainFiles = Object.entries(contents).map(([name, content]) => ({
      path: join(root, 'plain', name),
      content: Buffer.from(content),
      mode: 0o600,
    }))
    const more = { journal, plainFiles, remember: () => Promise.resolve() }
    await directory.publish(set, { replace: true, more })
  })
  process.stdout.write(`${round}\n`)
}
