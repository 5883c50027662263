import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { renewalDocument, renewalSummaryText, renewalText } from '../../../../src/cli/views/renewal-view.ts'
import { AuthError, DeploymentError } from '../../../../src/core/errors.ts'
import type { RenewalOutcome } from '../../../../src/operations/renew-all.ts'
import { type Certificate, describeCertificate } from '../../../../src/pki/certificate.ts'
import { generatePrivateKey } from '../../../../src/pki/private-key.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'

const files = { cert: '/c', chain: '/ch', fullchain: '/f', key: null, ca: null }
let certificate: Certificate

beforeAll(async () => {
  const { publicKey } = await generatePrivateKey('ec256')
  const period = { notBefore: new Date('2026-03-01T12:00:00Z'), notAfter: new Date('2026-03-31T12:00:00Z') }
  certificate = await (await IssuingCa.create()).sign({ commonName: 'web.corp', sans: [], publicKey, ...period })
})

function done(action: 'renewed' | 'not-due' | 'due', directory = '/tls/web'): RenewalOutcome {
  const nextRenewalAt = new Date('2026-03-21T12:00:00Z')
  return {
    directory,
    renewal: {
      action,
      reason: '10d left',
      name: 'web.corp',
      certificate,
      files,
      outputs: undefined,
      written: [],
      nextRenewalAt,
      deploy: 'none',
      hasDeploymentWork: false,
      warnings: [],
    },
  }
}

const denied = new AuthError('the token is denied', { code: 'denied', hint: 'log in again' })
const failed: RenewalOutcome = { directory: '/tls/db', error: denied }

describe('a batch of renewals', () => {
  it('is one document, each with what became of it', () => {
    expect(renewalDocument([done('renewed'), done('not-due'), failed], ['a remark'])).toEqual({
      schema: 1,
      results: [
        {
          dir: '/tls/web',
          action: 'renewed',
          reason: '10d left',
          certificate: describeCertificate(certificate),
          files,
          written: [],
          nextRenewalAt: '2026-03-21T12:00:00Z',
          deployment: { state: 'none', hooks: [] },
        },
        expect.objectContaining({ dir: '/tls/web', action: 'not-due' }),
        {
          dir: '/tls/db',
          action: 'failed',
          reason: 'the token is denied',
          error: { code: 'denied', message: 'the token is denied', hint: 'log in again', exitCode: 4 },
        },
      ],
      summary: { renewed: 1, notDue: 1, failed: 1 },
      warnings: ['a remark'],
    })
  })

  it('counts apart what a dry run would renew', () => {
    expect(renewalDocument([done('due'), done('not-due')], [])).toMatchObject({
      results: [{ action: 'due' }, { action: 'not-due' }],
      summary: { renewed: 0, notDue: 1, failed: 0, due: 1 },
    })
  })

  it('of nothing is a document all the same', () => {
    const summary = { renewed: 0, notDue: 0, failed: 0 }
    expect(renewalDocument([], [])).toEqual({ schema: 1, results: [], summary, warnings: [] })
  })

  it('tells what was no error as a bug', () => {
    expect(renewalDocument([{ directory: '/x', error: new TypeError('y') }], [])).toMatchObject({
      results: [{ action: 'failed', error: { code: 'bug', exitCode: 1 } }],
    })
  })

  it('is told on a line for each, failures apart', () => {
    const outcomes = [done('renewed'), done('due'), done('not-due', '/tls/\u001b[2J'), failed]
    expect(stripVTControlCharacters(renewalText(outcomes)).split('\n')).toEqual([
      'renewed  /tls/web  valid until 2026-03-31T12:00:00Z, next renewal from 2026-03-21T12:00:00Z',
      'due      /tls/web  10d left; would be renewed',
      String.raw`not due  /tls/\u{1b}[2J  10d left, next renewal from 2026-03-21T12:00:00Z`,
      '',
    ])
  })

  it('is summed up in a line, with what is published and not deployed', () => {
    const error = new DeploymentError('no')
    const deployment = { state: 'pending', hooks: [], probes: [], revoked: [], warnings: [], error } as const
    const outcomes = [done('renewed'), { ...done('renewed'), deployment }, done('not-due'), failed]
    expect(renewalSummaryText(outcomes)).toBe('2 renewed, 1 not due, 1 failed, 1 deploy pending\n')
    expect(renewalSummaryText([done('due')])).toBe('1 to renew\n')
    expect(renewalSummaryText([])).toBe('')
  })
})
