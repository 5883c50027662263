import { describe, expect, it } from 'vitest'
import { programEnvironment } from '../../../../src/cli/keep-alive/program-environment.ts'
import { Secret } from '../../../../src/core/secret.ts'

const vault = { token: { value: new Secret('hvs.new') }, address: 'https://vault', namespace: 'team/a' }

describe('the variables of a program beside the loop', () => {
  it('are those of this process, with token, address and namespace', () => {
    expect(programEnvironment({ PATH: '/bin', VAULT_CACERT: '/ca' }, vault)).toEqual({
      PATH: '/bin',
      VAULT_CACERT: '/ca',
      VAULT_TOKEN: 'hvs.new',
      VAULT_ADDR: 'https://vault',
      VAULT_NAMESPACE: 'team/a',
    })
  })

  it('name the file in the place of the token where a sink always has a good one', () => {
    const own = { CERTCTL_VAULT_TOKEN_FILE: '/old', VAULT_TOKEN: 'hvs.old', BAO_TOKEN: 'hvs.old' }
    const others = { address: undefined, namespace: undefined }
    expect(programEnvironment(own, { token: { file: '/run/token' }, ...others })).toEqual({
      CERTCTL_VAULT_TOKEN_FILE: '/run/token',
    })
  })

  it.each([
    ...['CERTCTL_VAULT_TOKEN', 'BAO_TOKEN', 'CERTCTL_VAULT_TOKEN_FILE', 'CERTCTL_VAULT_ADDR', 'BAO_ADDR'],
    ...['CERTCTL_VAULT_NAMESPACE', 'BAO_NAMESPACE', 'NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'],
  ])('have no %s, which would win or is not meant for it', (name) => {
    expect(programEnvironment({ [name]: 'old' }, vault)).not.toHaveProperty(name)
  })
})
