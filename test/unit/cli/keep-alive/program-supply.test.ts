import { describe, expect, it } from 'vitest'
import { ProgramSupply } from '../../../../src/cli/keep-alive/program-supply.ts'
import type { RenewerEvent } from '../../../../src/connectors/vault/renewal/renewer-event.ts'
import { FileError } from '../../../../src/core/errors.ts'
import { Secret } from '../../../../src/core/secret.ts'

const started = { kind: 'started' } as RenewerEvent
const replaced = { kind: 'token-replaced' } as RenewerEvent
const failed = { kind: 'sink-failed', path: '/run/one', error: new FileError('no space') } as const
const written = { kind: 'sink-written', path: '/run/one' } as const

function scene(sink?: string) {
  const given: string[] = []
  const held = { token: 'hvs.1' }
  const supply = new ProgramSupply(
    () => new Secret(held.token),
    sink,
    (token) => given.push(token.reveal()),
  )
  return { given, held, supply }
}

describe('a program', () => {
  it('gets a token once that is proven, and each that takes its place', () => {
    const { given, held, supply } = scene()
    supply.observe({ kind: 'waiting' } as RenewerEvent)
    expect(given).toEqual([])
    supply.observe(started)
    supply.observe({ kind: 'renewed' } as RenewerEvent)
    held.token = 'hvs.2'
    supply.observe(replaced)
    expect(given).toEqual(['hvs.1', 'hvs.2'])
  })

  it('gets none while its sink lacks it', () => {
    const { given, held, supply } = scene('/run/one')
    supply.observeLogin(failed)
    supply.observe(started)
    expect(given).toEqual([])
    held.token = 'hvs.2'
    supply.observeLogin(written)
    expect(given).toEqual(['hvs.2'])
  })

  it('gets none that is only written yet', () => {
    const { given, supply } = scene('/run/one')
    supply.observeLogin(written)
    expect(given).toEqual([])
  })

  it('does not wait for the sinks of others', () => {
    const { given, supply } = scene('/run/two')
    supply.observeLogin(failed)
    supply.observeLogin({ kind: 'superseded-revoked' })
    supply.observe(started)
    expect(given).toEqual(['hvs.1'])
  })

  it('gets none before there is one', () => {
    const given: Secret[] = []
    const supply = new ProgramSupply(
      () => undefined,
      undefined,
      (token) => given.push(token),
    )
    supply.observe(started)
    expect(given).toEqual([])
  })
})
