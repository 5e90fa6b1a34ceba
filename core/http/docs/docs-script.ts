/** Script of the documentation page: makes it from `/openapi.json`. Every text is set as text, never as HTML. */
export const DOCS_SCRIPT = `
'use strict'
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

function element(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value)
  }
  made.append(...children)
  return made
}

function routesOf(api) {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({ path, method: method.toUpperCase(), ...methods[method] })))
}

function resolve(api, schema) {
  return schema && schema.$ref ? api.components.schemas[schema.$ref.split('/').pop()] : schema
}

function field(parameter) {
  const input = element('input', { name: parameter.name, 'data-in': parameter.in, autocomplete: 'off', spellcheck: 'false' })
  input.required = parameter.required === true
  if (parameter.name === 'collection') input.value = localStorage.getItem('collection') || 'books'
  const label = element('label', {}, element('code', {}, parameter.name + (parameter.required ? ' *' : '')), input)
  if (parameter.description) label.append(element('small', {}, parameter.description))
  return label
}

function schemaView(title, schema) {
  return element('details', {}, element('summary', {}, title), element('pre', {}, JSON.stringify(schema, null, 2)))
}

/** Whether every required box is filled; if not, the browser points at the first empty one. */
function isComplete(form) {
  return [...form.querySelectorAll('input')].every((input) => input.reportValidity())
}

function requestOf(route, form) {
  let path = route.path
  const query = new URLSearchParams()
  const headers = {}
  for (const input of form.querySelectorAll('input')) {
    const place = input.dataset.in
    if (place === 'path') path = path.replace('{' + input.name + '}', encodeURIComponent(input.value))
    else if (input.value !== '' && place === 'query') query.set(input.name, input.value)
    else if (input.value !== '' && place === 'header') headers[input.name] = input.value
    if (input.name === 'collection') localStorage.setItem('collection', input.value)
  }
  const text = form.querySelector('textarea')
  const body = text && text.value.trim() !== '' ? text.value : undefined
  if (body !== undefined) headers['Content-Type'] = form.querySelector('select')?.value ?? 'application/json'
  return { url: path + (query.size > 0 ? '?' + query : ''), method: route.method, headers, body }
}

function quote(text) {
  return "'" + text.replaceAll("'", "'\\\\''") + "'"
}

function curlOf({ url, method, headers, body }) {
  const words = ['curl', '-X', method, quote(location.origin + url)]
  for (const [name, value] of Object.entries(headers)) words.push('-H', quote(name + ': ' + value))
  if (body !== undefined) words.push('--data-binary', quote(body))
  return words.join(' ')
}

async function send(route, form, status, shown) {
  const { url, ...request } = requestOf(route, form)
  const started = performance.now()
  try {
    const response = await fetch(url, request)
    const text = await response.text()
    status.className = response.ok ? 'status' : 'status bad'
    status.textContent = response.status + ' in ' + (performance.now() - started).toFixed(1) + ' ms'
    const isJson = (response.headers.get('content-type') || '').includes('json')
    shown.textContent = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text
  } catch (error) {
    status.className = 'status bad'
    status.textContent = 'no answer'
    shown.textContent = String(error)
  }
  shown.hidden = false
}

function bodyPart(api, route) {
  const content = route.requestBody.content
  const json = content['application/json']
  const text = element('textarea', { spellcheck: 'false', 'aria-label': 'Body' })
  text.value = JSON.stringify(json.example, null, 2)
  const types = Object.keys(content)
  const choice = types.length > 1
    ? [element('select', { 'aria-label': 'Content type' }, ...types.map((type) => element('option', {}, type)))] : []
  return [element('h3', {}, 'Body'), ...choice, text, schemaView('Schema of the body', resolve(api, json.schema))]
}

function inside(api, route) {
  const form = element('div', { class: 'inside' })
  if (route.parameters.length > 0) form.append(element('h3', {}, 'Parameters'), ...route.parameters.map(field))
  if (route.requestBody) form.append(...bodyPart(api, route))
  const [code, answer] = Object.entries(route.responses)[0]
  const schema = Object.values(answer.content)[0].schema
  form.append(element('h3', {}, 'Answer ' + code + ': ' + answer.description), schemaView('Schema of the answer', resolve(api, schema)))
  const status = element('span', { class: 'status', role: 'status' })
  const shown = element('pre', {})
  shown.hidden = true
  const button = element('button', { class: 'send', type: 'button', onclick: async () => {
    if (!isComplete(form)) return
    button.disabled = true
    await send(route, form, status, shown)
    button.disabled = false
  } }, 'Send')
  const curl = element('a', { href: '#', onclick: (event) => {
    event.preventDefault()
    if (!isComplete(form)) return
    shown.textContent = curlOf(requestOf(route, form))
    shown.hidden = false
  } }, 'as curl')
  form.append(element('div', { class: 'row' }, button, curl, status), shown)
  return form
}

function sectionOf(api, route) {
  const head = element('button', { type: 'button', 'aria-expanded': 'false' },
    element('span', { class: 'method ' + route.method }, route.method),
    element('span', { class: 'path' }, route.path),
    element('span', { class: 'summary' }, route.summary))
  const section = element('section', { id: route.operationId }, head)
  let opened
  const toggle = (open) => {
    if (open && !opened) section.append((opened = inside(api, route)))
    if (opened) opened.hidden = !open
    head.setAttribute('aria-expanded', String(open))
  }
  head.addEventListener('click', () => toggle(head.getAttribute('aria-expanded') === 'false'))
  section.open = () => toggle(true)
  return section
}

function openLinked() {
  const linked = document.getElementById(location.hash.slice(1))
  if (linked && linked.open) {
    linked.open()
    linked.scrollIntoView()
  }
}

async function start() {
  const main = document.querySelector('main')
  const nav = document.querySelector('nav')
  try {
    const api = await (await fetch('/openapi.json')).json()
    document.getElementById('about').textContent = 'HTTP API, version ' + api.info.version
    main.textContent = ''
    for (const { name } of api.tags) {
      const routes = routesOf(api).filter((route) => route.tags[0] === name)
      nav.append(element('h2', {}, name), ...routes.map((route) => element('a', { href: '#' + route.operationId }, route.summary)))
      main.append(...routes.map((route) => sectionOf(api, route)))
    }
    openLinked()
    addEventListener('hashchange', openLinked)
  } catch (error) {
    main.textContent = 'openapi.json cannot be read: ' + error
  }
}
start()
`
