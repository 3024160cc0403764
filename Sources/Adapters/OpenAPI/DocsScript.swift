/// What fills the page at `/api/docs` with the details of `/openapi.json`.
///
/// It makes elements and gives them text; nothing of the document is read as HTML.
enum DocsScript {
    static let javaScript = #"""
        'use strict';
        (async () => {
          const deepest = 6;
          const make = (name, text, className) => {
            const element = document.createElement(name);
            if (text !== undefined) element.textContent = text;
            if (className) element.className = className;
            return element;
          };
          // Text with `code` in it.
          const prose = (parent, text) => {
            String(text).split('`').forEach((piece, index) => parent.append(index % 2 ? make('code', piece) : piece));
            return parent;
          };
          const answer = await fetch('../openapi.json');
          if (!answer.ok) throw new Error('openapi.json: ' + answer.status);
          const api = await answer.json();
          const resolve = (value) => {
            for (let steps = 0; value && value.$ref && steps < 8; steps += 1) {
              value = value.$ref.slice(2).split('/').reduce((place, key) => place && place[key], api);
            }
            return value || {};
          };
          const nameOf = (value) => (value && value.$ref ? value.$ref.split('/').pop() : '');

          const bounds = (schema) => {
            const words = [];
            const big = (number) => Math.abs(number) >= Number.MAX_SAFE_INTEGER;
            if (schema.enum) words.push(schema.enum.map((value) => JSON.stringify(value)).join(', '));
            if (schema.const !== undefined) words.push(JSON.stringify(schema.const));
            if (schema.minimum !== undefined && !big(schema.minimum)) words.push('≥ ' + schema.minimum);
            if (schema.maximum !== undefined && !big(schema.maximum)) words.push('≤ ' + schema.maximum);
            if (schema.minLength) words.push('at least ' + schema.minLength + ' characters');
            if (schema.maxLength !== undefined) words.push('at most ' + schema.maxLength + ' characters');
            if (schema.minItems) words.push('at least ' + schema.minItems);
            if (schema.maxItems !== undefined) words.push('at most ' + schema.maxItems);
            if (schema.pattern) words.push(schema.pattern);
            if (schema.default !== undefined) words.push('default ' + JSON.stringify(schema.default));
            return words.join(' · ');
          };
          const typeOf = (value) => {
            const schema = resolve(value);
            const choices = schema.anyOf || schema.oneOf;
            if (schema.type === 'array') return 'array of ' + typeOf(schema.items || {});
            if (schema.type) return [].concat(schema.type).join(' or ');
            if (choices && choices.some((choice) => resolve(choice).type)) return [...new Set(choices.map(typeOf))].join(' or ');
            if (schema.const !== undefined) return typeof schema.const;
            return schema.enum ? 'one of' : 'any';
          };
          // Where the properties of a value stand, if it is an object or an array of them.
          const inside = (value) => {
            const schema = resolve(value);
            if (schema.properties) return [schema];
            if (schema.items) return inside(schema.items);
            return (schema.anyOf || []).flatMap(inside);
          };
          const fields = (schema, depth, seen) => {
            const list = make('ul', undefined, 'schema');
            for (const [key, value] of Object.entries(schema.properties || {})) {
              const item = make('li');
              const own = resolve(value);
              item.append(make('code', key, (schema.required || []).includes(key) ? 'need' : ''), ' ');
              item.append(make('em', typeOf(value) + (bounds(own) ? ' · ' + bounds(own) : '')));
              if (own.description) prose(item, ' ' + own.description);
              if (depth < deepest) {
                for (const inner of inside(value)) {
                  if (!seen.includes(inner)) item.append(fields(inner, depth + 1, seen.concat(inner)));
                }
              }
              list.append(item);
            }
            return list;
          };
          const showSchema = (parent, value) => {
            const schema = resolve(value);
            const line = make('p');
            line.append(make('code', nameOf(value) || typeOf(value)));
            if (schema.description) prose(line, ' ' + schema.description);
            parent.append(line);
            for (const inner of inside(value)) parent.append(fields(inner, 0, [inner]));
          };

          const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
          const curl = (method, path, body) => {
            const words = ['curl -s'];
            if (method === 'head') words.push('-I');
            else if (method !== 'get' && !(method === 'post' && body)) words.push('-X ' + method.toUpperCase());
            words.push(quoted(location.origin + path));
            if (body) words.push("-H 'Content-Type: " + body.type + "' -d " + quoted(body.text));
            return words.join(' ');
          };
          const showCurl = (parent, text) => {
            const button = make('button', 'copy');
            button.type = 'button';
            button.addEventListener('click', async () => {
              await navigator.clipboard.writeText(text);
              button.textContent = 'copied';
            });
            const line = make('h3', 'Try it ');
            if (navigator.clipboard) line.append(button);
            parent.append(line, make('pre', text));
          };

          const showParameters = (parent, parameters) => {
            const table = make('table');
            const head = make('tr');
            for (const word of ['parameter', 'in', 'type', '']) head.append(make('th', word));
            table.append(head);
            for (const reference of parameters) {
              const parameter = resolve(reference);
              const row = make('tr');
              const name = make('td');
              name.append(make('code', parameter.name));
              const type = typeOf(parameter.schema) + (bounds(parameter.schema || {}) ? ' · ' + bounds(parameter.schema) : '');
              row.append(name, make('td', parameter.in), make('td', type), prose(make('td'), parameter.description || ''));
              table.append(row);
            }
            parent.append(make('h3', 'Parameters'), table);
          };
          const showContent = (parent, content) => {
            for (const [type, media] of Object.entries(content || {})) {
              parent.append(make('p', type, 'text'));
              // Of a stream's event only what its data holds is worth showing.
              const data = media.schema && media.schema.properties && media.schema.properties.data;
              if (media.schema) showSchema(parent, (data && data.contentSchema) || media.schema);
            }
          };
          const showResponses = (parent, responses) => {
            parent.append(make('h3', 'Answers'));
            for (const [status, reference] of Object.entries(responses)) {
              const response = resolve(reference);
              const box = make('details');
              const summary = make('summary');
              summary.append(make('code', status), ' ');
              box.append(prose(summary, response.description || ''));
              const names = Object.keys(response.headers || {});
              if (names.length) box.append(make('p', 'Headers: ' + names.join(', '), 'text'));
              showContent(box, response.content);
              parent.append(box);
            }
          };

          const fill = (box) => {
            const { method, path } = box.dataset;
            const operation = ((api.paths || {})[path] || {})[method];
            if (!operation || box.dataset.full) return;
            box.dataset.full = 'yes';
            if (operation.parameters && operation.parameters.length) showParameters(box, operation.parameters);
            const [type, media] = Object.entries((operation.requestBody || {}).content || {})[0] || [];
            const examples = Object.entries((media && media.examples) || {});
            if (media) {
              box.append(make('h3', 'Body'), make('p', type, 'text'));
              showSchema(box, media.schema);
              for (const [name, example] of examples) {
                box.append(make('p', 'Example: ' + name, 'text'), make('pre', JSON.stringify(example.value, null, 2)));
              }
            }
            const first = examples.length && { type, text: JSON.stringify(examples[0][1].value) };
            const ids = (operation.parameters || []).map(resolve).filter((one) => one.in === 'path');
            const place = ids.reduce((text, one) => text.replace('{' + one.name + '}', one.example || one.name), path);
            showCurl(box, curl(method, place, first));
            showResponses(box, operation.responses || {});
          };
          const boxes = [...document.querySelectorAll('details[data-path]')];
          for (const box of boxes) {
            for (const text of box.querySelectorAll('p.text, summary span')) {
              text.replaceChildren(...prose(make('p'), text.textContent).childNodes);
            }
            box.addEventListener('toggle', () => box.open && fill(box));
          }
          for (const text of document.querySelectorAll('section > p.text')) {
            text.replaceChildren(...prose(make('p'), text.textContent).childNodes);
          }
          const about = document.getElementById('about');
          about.after(prose(make('p'), (api.info || {}).description || ''));

          const filter = document.getElementById('filter');
          filter.hidden = false;
          filter.addEventListener('input', () => {
            const word = filter.value.trim().toLowerCase();
            for (const box of boxes) box.hidden = !box.querySelector('summary').textContent.toLowerCase().includes(word);
            for (const section of document.querySelectorAll('section')) {
              section.hidden = !section.querySelector('details[data-path]:not([hidden])');
            }
          });
          const openNamed = () => {
            const box = document.getElementById(decodeURIComponent(location.hash.slice(1)));
            if (box && box.dataset.path) box.open = true;
          };
          addEventListener('hashchange', openNamed);
          openNamed();
        })().catch((error) => {
          const note = document.getElementById('about');
          note.append(' The details could not be read: ' + error.message);
        });
        """#
}
