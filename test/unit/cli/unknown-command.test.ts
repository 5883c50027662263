import { describe, expect, it } from 'vitest'
import { asksOfCommands, unknownCommand } from '../../../src/cli/unknown-command.ts'

const ids = ['completion', 'issue', 'renew', 'vault:token-status', 'vault:keep-alive', 'local:ca']

describe('unknownCommand', () => {
  it.each([
    [[]],
    [['issue']],
    [['issue', 'web.corp', '--force']],
    [['renew', 'issu', 'vault']],
    [['vault', 'token-status']],
    [['vault', 'token-status', '--json', 'x']],
    [['vault:token-status']],
    [['vault']],
    [['vault', '--help']],
    [['--help']],
    [['-h']],
  ])('finds nothing wrong with %j', (argv) => {
    expect(unknownCommand(argv, ids)).toBeUndefined()
  })

  it.each([
    [['issu'], '"issu" is no command of certctl'],
    [['isssue', '--help'], '"isssue" is no command of certctl'],
    [['vault', 'keepalive'], '"vault keepalive" is no command of certctl'],
    [['token-status'], '"token-status" is no command of certctl'],
    [['vaul'], '"vaul" is no command of certctl'],
    [[''], '"" is no command of certctl'],
    [['--json', 'issue'], '--json stands before any command'],
    [['--force'], '--force stands before any command'],
  ])('says what is wrong with %j', (argv, text) => {
    expect(unknownCommand(argv, ids)).toBe(text)
  })
})

describe('asksOfCommands', () => {
  it.each([
    [[]],
    [['--help']],
    [['vault']],
    [['vault', '--json']],
    [['issue', '--help']],
    [['vault', 'token-status', '--min-ttl', '1h', '-h']],
    [['completion', 'bash']],
  ])('is true of %j', (argv) => {
    expect(asksOfCommands(argv, ids)).toBe(true)
  })

  it.each([
    [['issue', 'web.corp']],
    [['vault', 'token-status', '--json']],
    [['vault:token-status']],
    [['vault', 'keep-alive', '--', 'server', '--help']],
  ])('is false of %j, which runs one', (argv) => {
    expect(asksOfCommands(argv, ids)).toBe(false)
  })
})
