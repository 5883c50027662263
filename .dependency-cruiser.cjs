'use strict'

const layers = [
  'core',
  'pki',
  '(?:http|config)',
  '(?:files|metrics|probe|hooks)',
  '(?:connectors|generate)',
  'operations',
  'cli',
  'commands',
]
const at = (layer) => `^src/${layer}/`

const downwardsOnly = layers.slice(0, -1).map((layer, index) => ({
  name: `nothing-above-${layer.replace(/\W+/g, '-')}`,
  severity: 'error',
  comment: 'imports go down only',
  from: { path: at(layer) },
  to: { path: [...layers.slice(index + 1).map(at), '^src/main\\.ts$'] },
}))

const neighbours = [
  ['http', 'config'],
  ['files', 'metrics', 'probe', 'hooks'],
  ['generate', 'connectors'],
]
  .flatMap((level) => level.map((room) => [room, `(?:${level.filter((other) => other !== room).join('|')})`]))
  .map(([from, to]) => ({
    name: `${from}-not-to-${to.replace(/\W+/g, '-')}`,
    severity: 'error',
    comment: 'rooms on one level do not know each other',
    from: { path: at(from) },
    to: { path: at(to), pathNot: '^src/metrics/metrics\\.ts$' },
  }))

const kinds = {
  name: 'kinds-apart',
  severity: 'error',
  from: { path: '^src/connectors/(vault|local)/' },
  to: { path: '^src/connectors/(vault|local)/', pathNot: '^src/connectors/$1/' },
}

const owners = [
  ['@oclif/core|chalk|cli-table3', '^src/(cli|commands)/|^src/main\\.ts$'],
  ['node-fetch|https-proxy-agent|p-retry', at('http')],
  ['conf|proxy-from-env', at('config')],
  ['prom-client', at('metrics')],
  ['pino', at('cli')],
  ['shlex', at('hooks')],
  ['@peculiar/[^/]+|@oslojs/asn1|reflect-metadata', at('pki')],
  ['parse-duration|pretty-ms', at('core')],
  ['yaml', at('(?:generate|config)')],
  ['leven', at('cli')],
].map(([library, owner]) => ({
  name: `one-owner-of-${library.replace(/\W+/g, '-')}`,
  severity: 'error',
  comment: 'each library has one owner',
  from: { path: '^src/', pathNot: owner },
  to: { path: `node_modules/(?:${library})/` },
}))

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'sources-know-no-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    { name: 'nothing-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    ...downwardsOnly,
    ...neighbours,
    kinds,
    ...owners,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
}
