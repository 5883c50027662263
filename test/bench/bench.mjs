// Measures what ships: time and memory of whole processes, as ratios to `node -e 0` of the same Node in the same run.
// Options: --rounds N, --program FILE (a launcher other than this checkout's), --server fake|real, --skip-resident,
// --skip-agent, --skip-many.
// `issue` brings its files to the disk: TMPDIR on a file system in memory leaves out what a busy disk takes for it.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { vaultProgram } from '../../scripts/vault-program.mjs'
import { compareWithAgent } from './beside-agent.mjs'
import { measureIdleFleet } from './fleet.mjs'
import { interleave } from './interleave.mjs'
import { measureIssues } from './issues.mjs'
import { manyTable, residentTable, summarise, timingTable } from './report.mjs'
import { measureResident } from './resident.mjs'
import { benchRows, prepare } from './rows.mjs'
import { startServer } from './server.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    program: { type: 'string', default: join(root, 'bin', 'certctl.cjs') },
    server: { type: 'string', default: existsSync(vaultProgram()) ? 'real' : 'fake' },
    'skip-resident': { type: 'boolean', default: false },
    'skip-agent': { type: 'boolean', default: false },
    'skip-many': { type: 'boolean', default: false },
  },
})

const scratch = mkdtempSync(join(tmpdir(), 'certctl-bench-'))
const server = await startServer(values.server, scratch)
try {
  const bench = {
    program: values.program,
    scratch,
    server,
    vault: values.server === 'real' ? vaultProgram() : undefined,
  }
  prepare(bench)
  const rows = benchRows(bench)
  const rounds = interleave(rows, Number(values.rounds))
  console.log(
    `Node ${process.version}, ${process.platform} ${process.arch}, ${values.rounds} rounds, ${values.server} Vault\n`,
  )
  console.log(timingTable(await summarise(rows, rounds)))
  if (!values['skip-many']) {
    // Issued first: for minutes after the fleet's files are removed, ext4 looks through their places for each new file.
    const issues = await measureIssues(bench, 1_000)
    console.log(`\n${manyTable(measureIdleFleet(bench, 10_000), issues)}`)
  }
  if (!values['skip-resident']) console.log(`\n${residentTable(await measureResident(bench))}`)
  if (!values['skip-agent'] && bench.vault) console.log(`\n${await compareWithAgent(bench)}`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  await server.stop()
  rmSync(scratch, { recursive: true, force: true })
}
