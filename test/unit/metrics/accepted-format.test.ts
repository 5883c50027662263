import { describe, expect, it } from 'vitest'
import { acceptedFormat } from '../../../src/metrics/accepted-format.ts'

describe('acceptedFormat', () => {
  it.each([
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'application/openmetrics-text; version="1.0.0"; charset=utf-8',
    'application/openmetrics-text',
    'Application/OpenMetrics-Text;Q=0.9, text/plain;q=0.9',
  ])('is OpenMetrics for %s', (accept) => {
    expect(acceptedFormat(accept)).toBe('openmetrics')
  })

  it.each([
    undefined,
    '',
    '*/*',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'text/plain, application/openmetrics-text;q=0.5',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;version=2.0.0',
    ';;q=,=',
  ])('is the Prometheus text for %s', (accept) => {
    expect(acceptedFormat(accept)).toBe('prometheus')
  })
})
