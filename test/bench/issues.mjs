import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { runOnce } from './run-once.mjs'
import { cleanEnvironment } from './rows.mjs'

const parallel = 16
const loopRuns = 20

/**
 * Issues a second, each with a fresh key and its files published, in one `apply`; what the server does for bare signing
 * requests, asked before and after it; and what a shell loop of `vault write` does: { issues, bare, loop }.
 */
export async function measureIssues(bench, count) {
  const place = join(bench.scratch, 'issues')
  mkdirSync(place, { recursive: true })
  const env = { ...cleanEnvironment(bench), CERTCTL_STATE_DIR: join(place, 'state') }
  const csr = makeRequest(place)
  const before = await signingRate(bench.server, csr, count)
  const issues = issuingRate(bench, place, env, count)
  const after = await signingRate(bench.server, csr, count)
  const loop = bench.vault === undefined ? undefined : loopRate(bench.vault, place, env)
  rmSync(place, { recursive: true, force: true })
  return { count, issues, bare: (before + after) / 2, loop }
}

function issuingRate({ program }, place, env, count) {
  const file = join(place, 'certificates.yaml')
  const entries = Array.from({ length: count }, (_, index) => `  - { name: n${index}.contract.test }\n`)
  writeFileSync(file, `defaults: { role: ec, ttl: 1h }\ncertificates:\n${entries.join('')}`)
  const args = [program, 'apply', file, '--parallel', String(parallel)]
  return perSecond(count, runOnce({ file: process.execPath, args, env }))
}

async function signingRate({ address, token }, csr, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel })
  const url = new URL('/v1/pki/sign/ec', address)
  const body = JSON.stringify({ csr, common_name: 'a.contract.test', ttl: '1h' })
  const headers = { 'X-Vault-Token': token, 'X-Vault-Request': 'true' }
  let left = count
  const started = performance.now()
  const work = async () => {
    while (left-- > 0) await post(url, { agent, headers }, body)
  }
  await Promise.all(Array.from({ length: parallel }, work))
  agent.destroy()
  return perSecond(count, performance.now() - started)
}

function post(url, options, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, method: 'POST' }, (response) => {
      response.resume()
      response.on('error', reject)
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`the server answers ${response.statusCode}`)),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function loopRate(vault, place, env) {
  const script = `i=0; while [ $i -lt ${loopRuns} ]; do "$0" write -format=json pki/issue/ec common_name=a.contract.test ttl=1h > "$1/$i.json" || exit 1; i=$((i + 1)); done`
  return perSecond(loopRuns, runOnce({ file: 'sh', args: ['-c', script, vault, place], env }))
}

function makeRequest(place) {
  const key = join(place, 'key.pem')
  const args = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
  const { stdout, status, stderr } = spawnSync('openssl', [...args, '-subj', '/CN=a.contract.test'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`openssl makes no request: ${stderr}`)
  return stdout
}

function perSecond(count, milliseconds) {
  return (count * 1000) / milliseconds
}
