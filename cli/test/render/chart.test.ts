import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { mainMetric, type Point, pointsOf, svgChart, textChart, thinned } from "../../src/render/chart.ts"

const falling: ReadonlyArray<Point> = Array.from({ length: 50 }, (_, step): Point => [step, 1 / (step + 1)])

it("the loss is drawn when there is one", () => {
  const metric = (name: string) => ({ metric: name, step: 1, value: 1 })
  assert.strictEqual(mainMetric([metric("accuracy"), metric("loss")]), "loss")
  assert.strictEqual(mainMetric([metric("accuracy"), metric("val_loss")]), "val_loss")
  assert.strictEqual(mainMetric([metric("accuracy")]), "accuracy")
  assert.isUndefined(mainMetric([]))
})

it("points are in the order of their steps, and steps that are missing are counted", () => {
  const metrics = [
    { metric: "loss", step: 2, value: 0.2 },
    { metric: "other", step: 1, value: 9 },
    { metric: "loss", step: 1, value: 0.4 }
  ]
  assert.deepStrictEqual(pointsOf(metrics, "loss"), [
    [1, 0.4],
    [2, 0.2]
  ])
  assert.deepStrictEqual(
    pointsOf(
      [
        { metric: "a", value: 5 },
        { metric: "a", value: 6 }
      ],
      "a"
    ),
    [
      [0, 5],
      [1, 6]
    ]
  )
})

const Points = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -1e6, maximum: 1e6 }))).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(400)
)

it.prop("thinning keeps the range, the order and at most as many points as asked", [Points], ([values]) => {
  const points = values.map((value, step): Point => [step, value])
  const thin = thinned(points, 20)
  assert.isAtMost(thin.length, 20)
  assert.isAbove(thin.length, 0)
  const steps = thin.map(([step]) => step)
  assert.deepStrictEqual(
    steps,
    steps.toSorted((left, right) => left - right)
  )
  for (const [, value] of thin) {
    assert.isAtLeast(value, Math.min(...values))
    assert.isAtMost(value, Math.max(...values))
  }
})

it("the chart of characters falls where the metric falls", () => {
  const lines = textChart(falling, 80).split("\n")
  assert.isAbove(lines.length, 5)
  for (const line of lines) assert.isAtMost(line.length, 80)
  const first = lines.findIndex((line) => /[━┓┗│┃╰]/.test(line.slice(line.search(/[┤┼]/) + 1)))
  assert.isAtLeast(first, 0, lines.join("\n"))
  assert.isAtMost(first, 2, "it begins high")
})

it.prop(
  "the SVG is one document with one course, whatever the values and names",
  [Points, Schema.String],
  ([values, name]) => {
    const svg = svgChart(
      values.map((value, step): Point => [step, value]),
      { title: name, metric: name }
    )
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    assert.match(svg, /<\/svg>\n$/)
    assert.strictEqual(svg.split('class="course"').length, 2)
    assert.notMatch(svg, /NaN|Infinity|undefined/)
    assert.strictEqual((svg.match(/<title>/g) ?? []).length, 1)
  }
)

it("a name cannot become markup", () => {
  const svg = svgChart(falling, { title: '<script>&"', metric: "a<b" })
  assert.notInclude(svg, "<script>")
  assert.include(svg, "&lt;script&gt;&amp;&quot;")
})
