// Bundles src/ and the libraries named in package.json into report.template.html, one file that
// needs nothing else. usage: node build.mjs PACKAGES [--check]
// PACKAGES is the folder that holds node_modules; --check compares instead of writing.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = resolve(process.argv[2] || '.', 'node_modules');
const { build } = createRequire(join(packages, 'x'))('esbuild');

async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    nodePaths: [packages],
    absWorkingDir: here,
    logLevel: 'warning',
    loader: { '.css': 'css' },
  });
  return outputFiles[0].text.trim();
}

const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const licences = Object.keys(dependencies)
  .map((name) => {
    const text = readFileSync(join(packages, name, 'LICENSE'), 'utf8').trim();
    return `${name} ${dependencies[name]}\n\n${text}`;
  })
  .join('\n\n');

const parts = {
  LICENCES: licences.replaceAll('--', '- -'),
  STYLE: await bundle('src/style/index.css'),
  SCRIPT: (await bundle('src/main.js')).replace(/<\/script/gi, '<\\/script'),
};
const page = readFileSync(join(here, 'src/page.html'), 'utf8').replace(
  /@(LICENCES|STYLE|SCRIPT)@/g,
  (_, name) => parts[name],
);

const target = join(here, 'report.template.html');
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== page) {
    console.error(`${target} is not what its sources give: run \`make html\` and commit the file`);
    process.exit(1);
  }
} else {
  writeFileSync(target, page);
  console.log(`${target}: ${page.length} characters`);
}
