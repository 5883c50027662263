import { describe, expect, it } from 'vitest'
import { formatFamilies, parseFamilies } from '../../../src/metrics/text-families.ts'
import { besideSiblings, carryOver, type Writer } from '../../../src/metrics/textfile-rules.ts'

const run: Writer = { kind: 'run', isComplete: false }
const completeRun: Writer = { kind: 'run', isComplete: true }
const loop: Writer = { kind: 'loop' }

const notAfter = 'certctl_certificate_not_after_timestamp_seconds'
const lastSuccess = 'certctl_last_success_timestamp_seconds'
const renewals = 'certctl_vault_token_renewals_total'

function carried(told: string, held: string, writer: Writer): readonly string[] {
  const families = carryOver(parseFamilies(told), parseFamilies(held), writer)
  return formatFamilies(families.values())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

describe('what stays of what a file held', () => {
  it.each<[string, string, string, Writer, readonly string[]]>([
    [
      'a success, after a run that had none',
      '',
      `${lastSuccess}{command="renew"} 1`,
      run,
      [`${lastSuccess}{command="renew"} 1`],
    ],
    ['not what is told anew', `${notAfter}{name="a"} 2`, `${notAfter}{name="a"} 1`, run, [`${notAfter}{name="a"} 2`]],
    [
      'another certificate',
      `${notAfter}{name="a"} 2`,
      `${notAfter}{name="b"} 1`,
      run,
      [`${notAfter}{name="a"} 2`, `${notAfter}{name="b"} 1`],
    ],
    [
      'no other certificate after a run of all',
      `${notAfter}{name="a"} 2`,
      `${notAfter}{name="b"} 1`,
      completeRun,
      [`${notAfter}{name="a"} 2`],
    ],
    ['no certificate after a run of all, of which there are none', '', `${notAfter}{name="b"} 1`, completeRun, []],
    [
      'nothing of counts that are told anew',
      'certctl_issuance_total{outcome="failure"} 1',
      'certctl_issuance_total{outcome="success"} 1',
      run,
      ['certctl_issuance_total{outcome="failure"} 1'],
    ],
    ['the counts of an earlier run', '', 'certctl_issuance_total 1', run, ['certctl_issuance_total 1']],
    ['the token series of a loop, after a run', '', `${renewals} 1`, run, [`${renewals} 1`]],
    [
      'no token series of an earlier loop',
      `${renewals} 1`,
      'certctl_vault_token_renewable{issuer="old"} 1',
      loop,
      [`${renewals} 1`],
    ],
    ['no build of an earlier loop', '', 'certctl_build_info{version="0"} 1', loop, []],
    ['what runs told, after a loop', `${renewals} 1`, `${lastSuccess} 1`, loop, [`${renewals} 1`, `${lastSuccess} 1`]],
    ['nothing of others', '', 'node_load1 1', run, []],
  ])('%s', (_, told, held, writer, expected) => {
    expect(carried(told, held, writer)).toEqual(expected)
  })

  it('is nothing of a family that had another type', () => {
    const held = `# TYPE ${notAfter} counter\n${notAfter}{name="b"} 1`
    expect(carried(`# TYPE ${notAfter} gauge\n${notAfter}{name="a"} 2`, held, run)).toEqual([`${notAfter}{name="a"} 2`])
  })
})

describe('what is written beside other files', () => {
  const beside = (own: string, ...siblings: readonly string[]) => {
    const others = siblings.map((text, index) => ({ path: `${index}.prom`, families: parseFamilies(text) }))
    const { families, leftOut } = besideSiblings(parseFamilies(own), others)
    return { text: formatFamilies(families.values()), leftOut }
  }

  it('is all when they have nothing of it', () => {
    expect(beside('a 1\n', 'b 1\n')).toEqual({ text: 'a 1\n', leftOut: [] })
  })

  it('is without the series that one of them has, whatever its value and the order of its labels', () => {
    expect(beside('a{x="1",y="2"} 1\na{x="2"} 1\n', 'a{y="2",x="1"} 9\n', 'a{x="3"} 1\n')).toEqual({
      text: 'a{x="2"} 1\n',
      leftOut: [{ path: '0.prom', series: ['a{x="1",y="2"}'] }],
    })
  })

  it('has the help text of theirs', () => {
    expect(beside('# HELP a New\n# TYPE a gauge\na 1\n', '# HELP a Old\n# TYPE a gauge\na{x="1"} 1\n').text).toBe(
      '# HELP a Old\n# TYPE a gauge\na 1\n',
    )
  })

  it('is without a family that has another type with them', () => {
    expect(beside('# TYPE a gauge\na 1\n', '# TYPE a counter\na{x="1"} 1\n')).toEqual({
      text: '',
      leftOut: [{ path: '0.prom', series: ['a{}'] }],
    })
  })

  it('goes by no family of theirs that has no samples', () => {
    expect(beside('# TYPE a gauge\na 1\n', '# HELP a Old\n# TYPE a counter\n').text).toBe('# TYPE a gauge\na 1\n')
  })
})
