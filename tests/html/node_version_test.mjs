// A package that wants a newer Node.js than Debian's installs without a word and fails when it runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const DEBIAN_NODE = 18; // Debian 12

for (const lock of ['profiler/html/package-lock.json', 'tests/ci/schemas/package-lock.json']) {
  test(`${lock} is for Debian's Node.js`, () => {
    const { packages } = JSON.parse(readFileSync(new URL(`../../${lock}`, import.meta.url), 'utf8'));
    assert.ok(Object.keys(packages).length > 3);
    for (const [name, { engines = {} }] of Object.entries(packages)) {
      const least = (engines.node ?? '').split('||').map((range) => parseInt(range.match(/\d+/) ?? 0));
      assert.ok(Math.min(...least) <= DEBIAN_NODE, `${name} wants Node.js ${engines.node}`);
    }
  });
}
