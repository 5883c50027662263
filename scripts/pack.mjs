import { join } from './bundle.mjs'

/** Loaded one after the other whenever one of them is: a file each would only be more files to open. */
const together = new Map([
  ['src/connectors/vault/vault-connector.ts', 'vault'],
  ['src/http/fetch-client.ts', 'vault'],
  ['src/http/sender.ts', 'vault'],
  ['src/connectors/local/local-connector.ts', 'local'],
  ['src/connectors/local/certificate-authority.ts', 'local'],
  ['src/metrics/prometheus.ts', 'metrics'],
  ['src/metrics/textfile.ts', 'metrics'],
])

/** A shared part of this size or more is a file of its own: reading it in vain costs more than opening a file. */
const ownFileBytes = 12_000

/** Built-in modules that cost a millisecond or more; they are loaded when something of them is used. */
const lazyBuiltins = ['crypto', 'fs/promises', 'https', 'tls', 'zlib', 'child_process', 'worker_threads', 'readline']

/** What some commands share, each part of it for itself. */
const shared = 'shared.cjs'

/**
 * Puts the parts of the bundle into few files, since opening one costs as much as compiling 30 KB: `main.cjs` has what
 * most commands load, `shared.cjs` what some do, and the rest is a file for each thing that is loaded by itself.
 * Answers the files' texts by name.
 */
export async function pack(parts) {
  const places = Object.fromEntries(placed(parts))
  return new Map(
    await Promise.all(
      grouped(parts, places).map(async ([name, inside]) => [name, await fileText(name, inside, places)]),
    ),
  )
}

function grouped(parts, places) {
  const files = new Map()
  for (const part of parts) files.set(places[part.id], [...(files.get(places[part.id]) ?? []), part])
  return [...files]
}

async function fileText(name, parts, places) {
  if (name === shared) return sharedFile(await Promise.all(parts.map(async (part) => [part.id, await join([part])])))
  return name === 'main.cjs' ? mainFile(await join(parts), places) : partsFile(await join(parts))
}

function placed(parts) {
  const byId = new Map(parts.map((part) => [part.id, part]))
  const users = usersOf(parts, byId)
  const commands = parts.filter(isCommand).length
  return parts.map((part) => {
    const { id, entry, code } = part
    if (entry !== undefined && id !== 'main') return [id, `${together.get(entry) ?? id}.cjs`]
    const using = users.get(id)
    const files = new Set(using.map((user) => together.get(user.entry) ?? user.id))
    if (files.has('main') || using.filter(isCommand).length > commands / 2) return [id, 'main.cjs']
    if (files.size === 1) return [id, `${[...files][0]}.cjs`]
    return [id, code.length < ownFileBytes ? shared : `${id}.cjs`]
  })
}

function isCommand({ entry }) {
  return entry?.startsWith('src/commands/') ?? false
}

/** By part, the parts loaded by themselves that load it at once. */
function usersOf(parts, byId) {
  const users = new Map(parts.map(({ id }) => [id, []]))
  for (const entry of parts.filter((part) => part.entry !== undefined))
    for (const id of closure(entry.id, byId)) users.get(id).push(entry)
  return users
}

/** What loading a part loads at once. */
function closure(id, byId, found = new Set()) {
  if (found.has(id)) return found
  found.add(id)
  for (const { id: imported, isLazy } of byId.get(id).imports) if (!isLazy) closure(imported, byId, found)
  return found
}

/** Nothing of it is compiled before it is used. */
function sharedFile(scripts) {
  const definitions = scripts.map(
    ([id, script]) => `${JSON.stringify(id)}:function(exports,require,module,performance){${script}}`,
  )
  return `module.exports={\n${definitions.join(',\n')}}\n`
}

// The parentheses make V8 compile a function at once, in place of looking through it now and compiling it a moment later.
function partsFile(script) {
  return `module.exports=(function(exports,require,module,performance){${script}})\n`
}

function mainFile(script, places) {
  return `const main=(function(exports,require,module,performance){${script}})
const places=${JSON.stringify(places)}
const lazyBuiltins=new Set(${JSON.stringify(lazyBuiltins.map((name) => `node:${name}`))})
const loaded={}
const performance={now:()=>Number(process.hrtime.bigint())/1e6}
function run(key,script){
  const module=loaded[key]={exports:{}}
  script(module.exports,requirePart,module,performance)
  for(const part of Object.values(module.exports))Object.defineProperty(part,'__esModule',{value:true})
  return module
}
function loadPart(id){
  const place=places[id]
  const {exports}=place==='${shared}'?loaded[id]??run(id,require('./${shared}')[id]):loaded[place]??run(place,require('./'+place))
  return exports[id]
}
function lazily(name){
  const builtin=new Proxy({},{get:(_,key)=>key==='__esModule'?undefined:require(name)[key],getPrototypeOf:()=>builtin})
  return builtin
}
const requirePart=Object.assign((name)=>{
  if(name.startsWith('./'))return loadPart(name.slice(2,-3))
  return lazyBuiltins.has(name)?lazily(name):require(name)
},require)
module.exports=run('main.cjs',main).exports.main
`
}
