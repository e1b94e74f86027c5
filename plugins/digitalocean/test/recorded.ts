/** A request as it arrived. */
export interface Recorded {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** The request that rents. */
export const creates = ({ method, path }: Recorded): boolean => method === "POST" && path === "/v2/droplets"

/** What changes nothing. */
export const reads = ({ method }: Recorded): boolean => method === "GET"

/** A refusal in the API's words. */
export const said = (id: string, message: string) => ({ id, message })
