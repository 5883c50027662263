import { describe, expect, it } from 'vitest'
import { formatFamilies, parseFamilies } from '../../../src/metrics/text-families.ts'

const text = `# HELP a_total Counts a \\\\ b
# TYPE a_total counter
a_total{x="1"} 1
a_total{x="2"} 2
# HELP h Takes time
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
`

describe('parseFamilies', () => {
  it('takes a text apart so that it can be put together again', () => {
    expect(formatFamilies(parseFamilies(text).values())).toBe(text.replace('# HELP h', '\n# HELP h'))
  })

  it('counts the parts of a histogram to it', () => {
    expect(
      parseFamilies(text)
        .get('h')
        ?.samples.map(({ series }) => series),
    ).toEqual(['h_bucket{le="1"}', 'h_bucket{le="+Inf"}', 'h_sum{}', 'h_count{}'])
  })

  it.each([
    ['a{y="2",x="1"} 1', 'a{x="1",y="2"}'],
    ['a{ x = "1" , } 1 1700000000000', 'a{x="1"}'],
    [String.raw`a{x="}\"{",y="\\"} NaN`, String.raw`a{x="}\"{",y="\\"}`],
    ['a +Inf', 'a{}'],
  ])('knows the series of %s', (line, series) => {
    expect([...parseFamilies(line).values()].flatMap(({ samples }) => samples)).toEqual([{ series, line }])
  })

  it('leaves out what is no sample', () => {
    expect([...parseFamilies('\n# a comment\nnonsense\n{x="1"} 2\n').values()]).toEqual([])
  })
})

describe('formatFamilies', () => {
  it('leaves out a family without samples', () => {
    expect(formatFamilies(parseFamilies('# HELP a b\n# TYPE a gauge\n').values())).toBe('')
  })
})
