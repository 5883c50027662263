import { describe, expect, it } from 'vitest'
import { parseCertificatesFile } from '../../../../src/cli/apply/certificates-file.ts'
import { ConfigError } from '../../../../src/core/errors.ts'

function parse(text: string) {
  return parseCertificatesFile(text, 'c.yaml', '/etc/my certs')
}

async function fault(text: string): Promise<ConfigError> {
  const error = await parse(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ConfigError) return error
  throw new Error('it was taken')
}

describe('what entries ask for', () => {
  it('is what they say, and what the defaults say where they say nothing', async () => {
    const entries = await parse(
      `
defaults: { role: web, san: [default.test], tlsSkipVerify: true }
certificates:
  - name: a.test
    san: [a.test, b.test]
  - { name: b.test, role: other, san: b.test }
`,
    )
    expect(entries.map(({ name, flags }) => ({ name, ...flags }))).toEqual([
      { name: 'a.test', role: 'web', san: ['a.test', 'b.test'], 'tls-skip-verify': true, out: '/etc/my certs/a.test' },
      { name: 'b.test', role: 'other', san: ['b.test'], 'tls-skip-verify': true, out: '/etc/my certs/b.test' },
    ])
  })

  it('does without the defaults that do not go with what it says itself', async () => {
    const [keyed, requested, plain] = await parse(`
defaults: { keyType: ec384, serverKey: true }
certificates:
  - { name: a.test, key: a.key }
  - { name: b.test, csr: b.csr }
  - { name: c.test, serverKey: false }
`)
    expect(Object.keys(keyed?.flags ?? {})).toEqual(['key', 'out'])
    expect(Object.keys(requested?.flags ?? {})).toEqual(['csr', 'out'])
    expect(plain?.flags).toMatchObject({ 'key-type': 'ec384', 'server-key': false })
  })

  it('has paths made absolute from the place of the file, and nothing else that is called one', async () => {
    const [entry] = await parse(
      `
certificates:
  - name: a.test
    out: ../spaces and ünïcode
    keyFile: /run/key.pem
    certFile: ""
    caCert: ca.pem
    signalPidFile: run/nginx.pid:HUP
    mount: pki/web
    deploy: [reload all, /bin/true]
`,
    )
    expect(entry).toMatchObject({
      directory: '/etc/spaces and ünïcode',
      flags: {
        'key-file': '/run/key.pem',
        'cert-file': '',
        'ca-cert': '/etc/my certs/ca.pem',
        'signal-pid-file': ['/etc/my certs/run/nginx.pid:HUP'],
        mount: 'pki/web',
        deploy: ['reload all', '/bin/true'],
      },
    })
  })

  it('is parsed as the flags are: durations are durations', async () => {
    const [entry] = await parse('certificates: [{ name: a.test, deployTimeout: 90s }]')
    expect(entry?.flags['deploy-timeout']).toMatchObject({ seconds: 90 })
  })

  it.each(['certificates: []', 'certificates:', 'defaults:\ncertificates: []'])('may be nothing: %j', async (text) => {
    expect(await parse(text)).toEqual([])
  })
})

describe('what is wrong in the file', () => {
  const entry = (lines: string) => `certificates:\n  - name: a.test\n    ${lines}\n`

  it.each([
    ['', '1:1: the file holds no mapping with the key certificates'],
    ['- name: a', '1:1: the file holds no mapping'],
    ['defaults: {}', '1:1: "certificates" is missing'],
    ['certificates: 7', '1:1: "certificates" is no list'],
    ['certificates: [a]', '1:16: it is no mapping of keys to values'],
    ['certificates:\n  - out: x', '2:5: "name" is missing'],
    ['certificates: [{name: true}]', '1:17: "name" is not a text'],
    [entry('keytype: ec256'), '3:5: "keytype" is no key here', 'did you mean keyType?'],
    [entry('colour: red'), '3:5: "colour" is no key here', 'the keys are the long flags'],
    [entry('force: true'), '3:5: "force" is no key here'],
    [entry('ttl:'), '3:5: "ttl" has no value'],
    [entry('keyType: dsa'), '3:5: "keyType" is none of ec256, ec384'],
    [entry('san: {a: b}'), '3:5: "san" is not a text or a list of texts'],
    [entry('serverKey: maybe'), '3:5: "serverKey" is not true or false'],
    [entry('deployTimeout: later'), '3:5: deployTimeout later is not a duration'],
    [entry('<<: {ttl: 1h}'), '3:5: merge keys (<<) are not read', 'put them under defaults'],
    [entry('deploy: [/bin/true, "/bin/echo a\\0b"]'), '3:5: deploy has a NUL character in it'],
    [entry('out: "a\\0b"'), '3:5: out has a NUL character in it'],
    [entry('csr: "-"'), '3:5: csr is -, which is for the command line alone'],
    [entry('key: k.pem\n    serverKey: true'), '3:5: key does not go with serverKey'],
    ['defaults: {out: x}\ncertificates: []', '1:12: "out" belongs to one certificate'],
    ['certificates: [{name: a.test}, {name: a.test, out: x}]', '1:33: "a.test" is the name of two certificates'],
    ['certificates: [{name: a.test, out: x}, {name: b.test, out: ./x/}]', '1:55: /etc/my certs/x is the directory of'],
    ['certificate: []\ncertificates: []', '1:1: "certificate" is no key here', 'did you mean certificates?'],
  ])('is told with its place: %j', async (text, message, hint = '') => {
    const error = await fault(text)
    expect(error.message).toContain(`c.yaml:${message}`)
    expect(error.hint).toContain(hint)
    expect(error.exitCode).toBe(3)
  })

  it('is all among the facts, in the order of the file', async () => {
    const error = await fault('certificates:\n  - {name: a.test, kye: k}\n  - {san: b.test}\n')
    expect(error.message).toBe('c.yaml:2:20: "kye" is no key here')
    expect(error.hint).toBe('did you mean key?; 1 more is wrong; --json lists all')
    expect(error.facts).toMatchObject({
      line: 2,
      column: 20,
      problems: ['2:20: "kye" is no key here', '3:5: "name" is missing'],
    })
  })

  it('in defaults is shown there', async () => {
    const error = await fault('defaults:\n  deployTimeout: later\ncertificates: [{name: a.test}]\n')
    expect(error.message).toBe('c.yaml:2:3: deployTimeout later is not a duration')
  })
})
