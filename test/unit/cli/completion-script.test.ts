import { execFileSync } from 'node:child_process'
import type { Command } from '@oclif/core/command'
import { describe, expect, it } from 'vitest'
import { completionScript } from '../../../src/cli/completion-script.ts'

type Flag = Pick<Command.Flag.Cached, 'name'> & { readonly [detail: string]: unknown }

interface Details {
  readonly hidden?: boolean
  readonly args?: Readonly<Record<string, object>>
}

function command(id: string, flags: readonly Flag[] = [], { hidden = false, args = {} }: Details = {}): Command.Cached {
  const named = Object.fromEntries(flags.map((flag) => [flag.name, { type: 'option', ...flag }] as const))
  return { id, summary: `does ${id}`, hidden, args, flags: named } as unknown as Command.Cached
}

const commands = [
  command('issue', [
    { name: 'key-type', options: ['ec256', 'rsa2048'], description: "don't \\ know" },
    { name: 'force', type: 'boolean' },
    { name: 'legacy', type: 'boolean', allowNo: true },
    { name: 'profile' },
  ]),
  command('vault:token-status', [{ name: 'min-ttl' }]),
  command('vault:keep-alive', [{ name: 'once', type: 'boolean', summary: 'once only' }]),
  command('completion', [], { args: { shell: { options: ['bash', 'zsh', 'fish'] } } }),
  command('profile:use', [], { args: { name: {} } }),
  command('secret', [], { hidden: true }),
]

/** What bash offers for the last of the words; `=` is a word of its own to it. */
function offered(...words: readonly string[]): readonly string[] {
  const program = `${completionScript('bash', commands)}
    certctl() { printf '   NAME  ISSUER\\n*  prod  vault\\n   lab   local\\n'; }
    COMP_WORDS=(certctl "$@"); COMP_CWORD=$#
    _certctl
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = execFileSync('bash', ['--norc', '-u', '-c', program, 'bash', ...words], { encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .filter((word) => word !== '')
}

describe('in bash', () => {
  it.each<[readonly string[], readonly string[]]>([
    [[''], ['issue', 'vault', 'completion', 'profile']],
    [['is'], ['issue']],
    [
      ['vault', ''],
      ['token-status', 'keep-alive'],
    ],
    [['vault', 'k'], ['keep-alive']],
    [
      ['issue', '--'],
      ['--key-type', '--force', '--legacy', '--no-legacy', '--profile', '--help'],
    ],
    [['issue', '--f'], ['--force']],
    [['issue', 'web.corp', '--k'], ['--key-type']],
    [
      ['issue', '--key-type', ''],
      ['ec256', 'rsa2048'],
    ],
    [['issue', '--key-type', 'r'], ['rsa2048']],
    [
      ['issue', '--key-type', '='],
      ['ec256', 'rsa2048'],
    ],
    [['issue', '--key-type', '=', 'r'], ['rsa2048']],
    [['issue', '--profile', 'l'], ['lab']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['completion', '--'], ['--help']],
    [
      ['profile', 'use', ''],
      ['prod', 'lab'],
    ],
    [
      ['vault', 'token-status', '--'],
      ['--min-ttl', '--help'],
    ],
    [['vault', 'token-status', '--min-ttl', ''], []],
    [['vault', 'nothing', '--'], []],
    [['issue', 'we'], []],
    [['se'], []],
  ])('%j is completed by %j', (words, completions) => {
    expect(offered(...words)).toEqual(completions)
  })

  it('the files of the directory are left to bash itself', () => {
    expect(completionScript('bash', commands)).toMatch(/^complete -o default -F _certctl certctl$/m)
  })
})

describe('in zsh', () => {
  it('bash does it', () => {
    expect(completionScript('zsh', commands)).toMatch(
      /^#compdef certctl\nautoload -U \+X bashcompinit && bashcompinit\n/,
    )
    expect(completionScript('zsh', commands)).toContain(completionScript('bash', commands))
  })
})

describe('in fish', () => {
  const script = completionScript('fish', commands)

  it.each([
    'complete -c certctl -n __fish_use_subcommand -f -a issue',
    'complete -c certctl -n __fish_use_subcommand -f -a vault',
    "complete -c certctl -n '__fish_seen_subcommand_from vault' -f -a 'token-status keep-alive'",
    "complete -c certctl -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'",
    String.raw`complete -c certctl -n '__fish_seen_subcommand_from profile; and __fish_seen_subcommand_from use' -f -a '(certctl profile list 2>/dev/null | awk \'NR > 1 { sub(/^[*]/, ""); print $1 }\')'`,
    "complete -c certctl -n '__fish_seen_subcommand_from issue' -l force -d ''",
    "complete -c certctl -n '__fish_seen_subcommand_from issue' -l no-legacy -d ''",
    String.raw`complete -c certctl -n '__fish_seen_subcommand_from issue' -l key-type -r -f -a 'ec256 rsa2048' -d 'don\'t \\ know'`,
    "complete -c certctl -n '__fish_seen_subcommand_from vault; and __fish_seen_subcommand_from keep-alive' -l once -d 'once only'",
  ])('has the line %s', (line) => {
    expect(script.split('\n')).toContain(line)
  })

  it('hides what is hidden', () => {
    expect(script).not.toContain('secret')
  })
})
