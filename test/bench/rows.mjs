import { join } from 'node:path'
import { runOnce } from './run-once.mjs'

const vaultFlags = ['--role', 'ec', '--ttl', '1h']

/** What every process that is measured gets, and nothing else: a NODE_EXTRA_CA_CERTS alone doubles the start of Node 20. */
export function cleanEnvironment({ scratch, server }) {
  return {
    PATH: process.env.PATH,
    HOME: scratch,
    CERTCTL_CONFIG_DIR: join(scratch, 'config'),
    CERTCTL_STATE_DIR: join(scratch, 'state'),
    CERTCTL_VAULT_ADDR: server.address,
    CERTCTL_VAULT_TOKEN: server.token,
    VAULT_ADDR: server.address,
    VAULT_TOKEN: server.token,
  }
}

/** Makes the embedded CA, and a certificate that is not due. */
export function prepare(bench) {
  const env = cleanEnvironment(bench)
  for (const args of [
    ['local', 'init'],
    ['issue', 'standing.contract.test', '--out', standing(bench), ...vaultFlags],
  ]) {
    runOnce({ file: process.execPath, args: [bench.program, ...args], env })
  }
}

/** The rows: the first is the measure of the others. Targets are ratios. */
export function benchRows(bench) {
  const env = cleanEnvironment(bench)
  const row = (name, target, args) => ({
    name,
    target,
    file: process.execPath,
    args: () => [bench.program, ...args()],
    env,
  })
  let made = 0
  const fresh = (name) => join(bench.scratch, 'issued', `${name}-${made++}`)
  const rows = [
    { name: 'node -e 0', file: process.execPath, args: () => ['-e', '0'], env },
    row('--version', 1.3, () => ['--version']),
    row('--help', 1.3, () => ['--help']),
    row('vault token-status', 3.7, () => ['vault', 'token-status']),
    row('renew, nothing due', 3.0, () => ['renew', standing(bench)]),
    row('issue', 5.0, () => ['issue', 'a.contract.test', '--out', fresh('vault'), ...vaultFlags]),
    row('issue --issuer local', undefined, () => [
      'issue',
      'a.contract.test',
      '--issuer',
      'local',
      '--out',
      fresh('local'),
    ]),
    row('vault keep-alive --once', undefined, () => ['vault', 'keep-alive', '--once']),
  ]
  return bench.vault === undefined
    ? rows
    : [
        ...rows,
        { name: '(vault token lookup)', file: bench.vault, args: () => ['token', 'lookup'], env, isForeign: true },
      ]
}

function standing({ scratch }) {
  return join(scratch, 'standing')
}
