import { basename } from 'node:path'
import { moduleText } from './module-text.mjs'

/**
 * By file, the sources that a run is likely to load together; what else is loaded by itself has a file of its own. What
 * several of them load is in the first of these files that does: main.cjs holds what a short run needs, and no more.
 */
const together = {
  main: /^src\/(?:main|commands\/vault\/token-status)\.ts$|^unused:/,
  renew: /^src\/(?:files\/lock|commands\/renew)\.ts$/,
  vault: /^src\/(?:http\/(?:fetch-client|sender)|connectors\/vault\/vault-connector)\.ts$/,
  certificates: /^src\/(?:commands\/issue|operations\/replace-certificate|connectors\/vault\/pki\/.*)\.ts$/,
  metrics: /^src\/metrics\/.*\.ts$/,
  tokens: /^src\/(?:commands\/vault\/(?:login|keep-alive)|connectors\/vault\/(?:login|renewal)\/.*)\.ts$/,
  local: /^src\/(?:commands\/local|connectors\/local|pki)\/.*\.ts$/,
}

/** What is not for main.cjs and has this size is a file of its own: most of who opens the other would read it in vain. */
const ownFileBytes = 30_000

/** Built-in modules that cost a millisecond or more; they are loaded when something of them is used. */
const lazyBuiltins = ['crypto', 'fs/promises', 'https', 'tls', 'zlib', 'child_process', 'worker_threads', 'readline']

/**
 * Puts the hundred parts of the bundle into few files, since opening one costs as much as compiling 30 KB. A part runs
 * when it is first asked for, whatever else is in its file. Answers the files' texts by name.
 */
export async function pack(parts) {
  const places = Object.fromEntries(placed(parts))
  const files = new Map()
  for (const part of parts) files.set(places[part.name], [...(files.get(places[part.name]) ?? []), part])
  const texts = [...files].map(async ([file, inside]) => [file, fileText(file, await functionsOf(inside), places)])
  return new Map(await Promise.all(texts))
}

function placed(parts) {
  const users = usersOf(parts)
  return parts.map((part) => [part.name, `${place(part, users.get(part.name).map(fileOf))}.cjs`])
}

function place(part, files) {
  if (new Set(files).size === 1) return files[0]
  const shared = Object.keys(together).find((file) => files.includes(file))
  return shared === 'main' || (shared && part.code.length < ownFileBytes) ? shared : fileOf(part)
}

function fileOf({ name, entry = '' }) {
  return Object.keys(together).find((file) => together[file].test(entry)) ?? basename(name, '.js')
}

/** By part, the parts loaded by themselves that load it at once. */
function usersOf(parts) {
  const byName = new Map(parts.map((part) => [part.name, part]))
  const users = new Map(parts.map(({ name }) => [name, []]))
  for (const entry of parts.filter((part) => part.entry !== undefined))
    for (const name of closure(entry.name, byName)) users.get(name).push(entry)
  return users
}

/** What loading a part loads at once. */
function closure(name, byName, found = new Set()) {
  if (found.has(name)) return found
  found.add(name)
  for (const { name: imported, isLazy } of byName.get(name).imports) if (!isLazy) closure(imported, byName, found)
  return found
}

/** Parts as an object that has, by the name of each, a function that makes it. */
async function functionsOf(parts) {
  const functions = parts.map(
    async (part) => `${JSON.stringify(part.name)}(module,require,performance){${await moduleText(part)}}`,
  )
  return `{${(await Promise.all(functions)).join(',\n')}}`
}

/** `main.cjs` is the file that finds the others. */
function fileText(file, functions, places) {
  if (file !== 'main.cjs') return `module.exports=${functions}\n`
  return `const files={'main.cjs':${functions}}
const places=${JSON.stringify(places)}
const lazy=new Set(${JSON.stringify(lazyBuiltins.map((name) => `node:${name}`))})
const loaded={}
const performance={now:()=>Number(process.hrtime.bigint())/1e6} // Node's own is a module to load
const load=(name)=>{
  const file=places[name]
  if(file===undefined)return lazy.has(name)?lazily(name):require(name)
  const part={}
  files[file]??=require('./'+file)
  files[file][name](part,requirePart,performance)
  return part.exports
}
// Its own prototype, because that is where esbuild has imports look.
const lazily=(name)=>{
  const get=(_,key)=>key==='__esModule'?undefined:require(name)[key]
  const builtin=new Proxy({},{get,has:(_,key)=>key in require(name),getPrototypeOf:()=>builtin})
  return builtin
}
const requirePart=Object.assign((name)=>loaded[name]??=load(name),require)
module.exports=requirePart('./main.js')
`
}
