import { describe, expect, it } from 'vitest'
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.ts'
import { orderChain } from '../../../src/pki/chain.ts'
import { openssl } from '../../support/openssl.ts'
import { makeOwnCa } from '../../support/own-ca.ts'

interface Party {
  readonly name: string
  readonly key: string
}

function party(name: string): Party {
  return { name, key: openssl(['genpkey', '-algorithm', 'ed25519']) }
}

/** The subject's certificate as signed by the issuer; cross-signing is to sign the same party twice. */
function signed(subject: Party, issuer: Party, isCa = true): Certificate {
  const extensions = `[e]\nbasicConstraints=critical,CA:${isCa ? 'TRUE' : 'FALSE'}\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none`
  const csr = openssl(['req', '-new', '-key', 'k', '-subj', `/CN=${subject.name}`], { k: subject.key })
  const root = openssl(['req', '-x509', '-key', 'k', '-subj', `/CN=${issuer.name}`, '-days', '9'], { k: issuer.key })
  const files = { csr, root, key: issuer.key, e: extensions }
  const args = [
    'x509',
    '-req',
    '-in',
    'csr',
    '-CA',
    'root',
    '-CAkey',
    'key',
    '-days',
    '9',
    '-extfile',
    'e',
    '-extensions',
    'e',
  ]
  return parseCertificate(openssl([...args, '-CAcreateserial'], files), subject.name)
}

const [a, b, intermediate, host] = [party('A'), party('B'), party('I'), party('host')]
const rootA = signed(a, a)
const rootB = signed(b, b)
const issuing = signed(intermediate, a)
const leaf = signed(host, intermediate, false)

describe('orderChain', () => {
  it('puts the issuers in order and the root aside, however they came', () => {
    for (const candidates of [
      [issuing, rootA],
      [rootA, issuing],
      [leaf, rootB, rootA, issuing, issuing],
    ]) {
      const { chain, root } = orderChain(leaf, candidates)
      expect(chain.map(({ subject }) => subject)).toEqual(['CN=I'])
      expect(root?.equals(rootA)).toBe(true)
    }
  })

  it('has an empty chain when the root itself signed', () => {
    expect(orderChain(issuing, [rootA])).toEqual({ chain: [], root: rootA })
  })

  it('has no root when nobody sent it', () => {
    expect(orderChain(leaf, [issuing])).toEqual({ chain: [issuing], root: undefined })
    expect(orderChain(leaf, [rootB])).toEqual({ chain: [], root: undefined })
  })

  it('takes a self-signed certificate as its own root', () => {
    expect(orderChain(rootA, [rootB])).toEqual({ chain: [], root: rootA })
  })

  it('does not fall for a CA that has the name but not the key', async () => {
    const [ca, namesake] = [await makeOwnCa(), await makeOwnCa()]
    const issued = await ca.issue(['web.corp'])
    expect(orderChain(issued, [namesake.certificate, ca.certificate])).toEqual({ chain: [], root: ca.certificate })
  })

  it('keeps a cross-signed CA in the chain, so that clients which trust either root are served', () => {
    const { chain, root } = orderChain(leaf, [issuing, rootA, signed(a, b), rootB])
    expect(chain.map(({ subject, issuer }) => `${subject} by ${issuer}`)).toEqual(['CN=I by CN=A', 'CN=A by CN=B'])
    expect(root?.equals(rootB)).toBe(true)
  })

  it('comes to an end when two CAs signed each other', () => {
    const loop = [issuing, signed(a, b), signed(b, a)]
    expect(orderChain(leaf, loop).chain.length).toBeLessThanOrEqual(3)
    expect(orderChain(leaf, [...loop, rootB]).root?.equals(rootB)).toBe(true)
  })
})
