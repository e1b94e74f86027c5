/** A page that compares what a training will cost. All it knows of prices is `@runctl/prices`. */
import { compareCosts, explainCost, isCompareError } from "@runctl/prices"

const form = document.querySelector("form")
const told = document.querySelector("#told")
const table = document.querySelector("table")
const body = document.querySelector("tbody")
const apart = document.querySelector("#apart")

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" })
const svg = "http://www.w3.org/2000/svg"

/** The request that the form stands for; what is empty is not asked for. */
const requestOf = (fields) => {
  const number = (name, factor = 1) => (fields.get(name) === "" ? {} : { [name]: Number(fields.get(name)) * factor })
  const text = (name) => (fields.get(name).trim() === "" ? {} : { [name]: fields.get(name) })
  const minutes = fields.get("checkpoint")
  return {
    ...text("gpu"),
    ...(fields.get("gpu").includes(":") ? {} : number("gpus")),
    ...number("hours"),
    ...(minutes === "" ? {} : { checkpointEveryHours: Number(minutes) / 60 }),
    ...text("region"),
    market: fields.get("market")
  }
}

/** How many lines are shown. */
const most = 15

/** The first offers; places that cost the same are told together, as `places`. */
const linesOf = (offers) => {
  const lines = new Map()
  for (const offer of offers) {
    const key = [offer.provider, offer.instanceType, offer.market, offer.totalUsd].join("|")
    const line = lines.get(key)
    if (line === undefined) lines.set(key, { ...offer, places: 1 })
    else line.places += 1
  }
  return [...lines.values()].slice(0, most)
}

const cell = (content, name = "") => {
  const made = document.createElement("td")
  made.className = name
  made.append(content)
  return made
}

const shape = (name, attributes) => {
  const made = document.createElementNS(svg, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

/** A bar for what is expected, and a line for what it may come to. */
const barOf = ({ highUsd, lowUsd, market, totalUsd }, end) => {
  const at = (usd) => Math.min(100, (usd / end) * 100)
  const drawn = shape("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img" })
  drawn.setAttribute("aria-label", `between ${dollars.format(lowUsd)} and ${dollars.format(highUsd)}`)
  drawn.append(shape("rect", { class: market, x: 0, y: 1, width: at(totalUsd), height: 8 }))
  drawn.append(shape("line", { x1: at(lowUsd), x2: at(highUsd), y1: 5, y2: 5 }))
  return drawn
}

const explain = async (offer, request) => {
  const { parts } = await explainCost(offer.id, request)
  apart.querySelector("h2").textContent =
    `${offer.provider} ${offer.instanceType}, ${offer.market}: ${dollars.format(offer.totalUsd)}`
  const lines = parts.flatMap(({ part, usd, why }) => {
    const [name, value] = [document.createElement("dt"), document.createElement("dd")]
    name.textContent = `${part}: ${dollars.format(usd)}`
    value.textContent = why
    return [name, value]
  })
  apart.querySelector("dl").replaceChildren(...lines)
  apart.hidden = false
}

const rowOf = (offer, end, request) => {
  const row = document.createElement("tr")
  const machine = document.createElement("button")
  machine.type = "button"
  machine.textContent = offer.instanceType
  machine.title = "take its cost apart"
  machine.addEventListener("click", () => explain(offer, request))
  row.append(
    cell(offer.provider),
    cell(machine),
    cell(offer.places === 1 ? offer.region : `${offer.region} and ${offer.places - 1} more`),
    cell(`${dollars.format(offer.usdPerHour)}/h`, "number"),
    cell(dollars.format(offer.totalUsd), "number"),
    cell(barOf(offer, end)),
    cell(offer.whyNotCheaper ?? "nothing is"),
    cell(`${offer.asOf}${offer.isStale ? ", stale" : ""}`, offer.isStale ? "date stale" : "date")
  )
  return row
}

const show = async () => {
  const request = requestOf(new FormData(form))
  apart.hidden = true
  try {
    const { fitting, offers, remarks } = await compareCosts(request)
    const lines = linesOf(offers)
    const end = Math.max(...lines.map(({ totalUsd }) => totalUsd)) * 1.25
    body.replaceChildren(...lines.map((offer) => rowOf(offer, end, request)))
    told.textContent = [`${fitting} prices fit; the cheapest are shown.`, ...remarks].join(" ")
    table.hidden = false
  } catch (error) {
    if (!isCompareError(error)) throw error
    table.hidden = true
    told.textContent = [error.message, error.advice].filter(Boolean).join(" ")
  }
}

form.addEventListener("input", show)
form.addEventListener("submit", (event) => event.preventDefault())
await show()
