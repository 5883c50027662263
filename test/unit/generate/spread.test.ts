import { expect, test } from 'vitest'
import { minuteFor } from '../../../src/generate/spread.ts'

const hosts = Array.from({ length: 600 }, (_, index) => `host-${index}.example.com`)

test('a host keeps its minute', () => {
  expect(minuteFor('web1.example.com')).toBe(minuteFor('web1.example.com'))
})

test('a fleet is spread over the whole hour', () => {
  const counts = Array.from({ length: 60 }, (_, minute) => hosts.filter((host) => minuteFor(host) === minute).length)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(hosts.length)
  expect(Math.min(...counts)).toBeGreaterThan(0)
  expect(Math.max(...counts)).toBeLessThan(30)
})
