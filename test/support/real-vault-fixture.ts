import type { RealVault } from './real-vault.ts'
import { type MountFixture, mounts, policies, roles } from './vault-fixture.ts'

/** Mounts, issuers, roles and policies of the fixture, made by API as an operator would. */
export async function makePkiFixture(vault: RealVault): Promise<void> {
  for (const [name, rules] of Object.entries(policies)) {
    await vault.writePolicy(name, rules)
  }
  for (const mount of mounts) {
    await vault.must('POST', `sys/mounts/${mount.path}`, { type: 'pki', config: { max_lease_ttl: mount.maxLeaseTtl } })
    await makeIssuer(vault, mount)
    for (const [name, role] of Object.entries(roles)) await vault.must('POST', `${mount.path}/roles/${name}`, role)
  }
}

async function makeIssuer(vault: RealVault, { path, issuer }: MountFixture): Promise<void> {
  if (issuer === 'none') return
  const { kind, commonName: common_name, ttl } = issuer
  const key = { key_type: 'ec', key_bits: 256 }
  if (kind === 'root') {
    await vault.must('POST', `${path}/root/generate/internal`, { common_name, ttl, ...key })
    return
  }
  const { data: request } = await vault.must('POST', `${path}/intermediate/generate/internal`, { common_name, ...key })
  const { data: signed } = await vault.must('POST', 'pki/root/sign-intermediate', {
    csr: request?.csr,
    common_name,
    ttl,
  })
  const chain = [signed?.certificate, ...(signed?.ca_chain as string[])]
  await vault.must('POST', `${path}/intermediate/set-signed`, { certificate: chain.join('\n') })
}
