// What pdf.js reads in FILE: one JSON array per page, [text, width of the page]. usage: pdfjs-text.js FOLDER FILE
// FOLDER holds node_modules with pdfjs-dist (fetch.sh pdfjs).
'use strict';
console.log = console.warn = () => {}; // its warnings are not our answer
const fs = require('fs');
const path = require('path');
const pdfjs = require(path.join(process.argv[2], 'node_modules/pdfjs-dist/legacy/build/pdf.js'));

(async () => {
  const data = new Uint8Array(fs.readFileSync(process.argv[3]));
  const pdf = await pdfjs.getDocument({ data, verbosity: 0 }).promise;
  for (let i = 1; i <= pdf.numPages; i++) {
    const page = await pdf.getPage(i);
    const content = await page.getTextContent({ disableNormalization: true });
    const text = content.items.map(item => item.str + (item.hasEOL ? '\n' : '')).join('');
    process.stdout.write(JSON.stringify([text, page.view[2]]) + '\n');
    page.cleanup();
  }
})().catch(error => { console.error(String(error)); process.exit(1); });
