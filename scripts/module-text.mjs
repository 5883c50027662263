import { transform } from 'esbuild'
import { target } from './bundle.mjs'

/**
 * A part as the text of a CommonJS module, which requires other parts by their names. It gives away its values once, when
 * it has run: parts load each other in no circle, and give away nothing that changes later. esbuild's own way makes a
 * function for each name that is given away, four hundred of them at every start.
 */
export async function moduleText({ name, code, imports }) {
  let found = 0
  const required = (path) => {
    found += 1
    return `require(${path})`
  }
  const text = code
    .replace(/\bimport\{([^}]*)\}from("\.\/[^"]+");/g, (_, names, path) => `const{${taken(names)}}=${required(path)};`)
    .replace(/\bimport("\.\/[^"]+");/g, (_, path) => `${required(path)};`)
    .replace(/\bexport\{([^}]*)\};\s*$/, (_, names) => `module.exports={${given(names)}};`)
    .replace(/\bexport default ([^;]*);\s*$/, 'module.exports={__esModule:true,default:$1};')
  const expected = imports.filter(({ isLazy }) => !isLazy).length
  if (found !== expected) throw new Error(`${name} loads ${expected} parts, of which ${found} were found in its text`)
  const { code: made } = await transform(text, {
    ...target,
    format: 'cjs',
    // A dynamic import that stays one would start the ESM loader.
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    logLevel: 'warning',
  })
  return made
}

/** The names of `import{a as b}`, as the pattern of an object. */
function taken(names) {
  return pairs(names)
    .map(([from, to]) => `${from}:${to}`)
    .join()
}

/** The names of `export{a as b}`, as the properties of an object. */
function given(names) {
  const properties = pairs(names).map(([from, to]) => `${to}:${from}`)
  return [...(names.includes(' as default') ? ['__esModule:true'] : []), ...properties].join()
}

function pairs(names) {
  const each = names.split(',').filter((one) => one !== '')
  return each.map((one) => {
    const [from, to = from] = one.split(' as ')
    return [from, to]
  })
}
