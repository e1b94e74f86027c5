import { BaseCommand } from "../BaseCommand.ts"
import { checkDisk, checkHome, checkNode, checkNpm } from "../doctor/computer.ts"
import { checkConfiguration } from "../doctor/configuration.ts"
import { checkMemory, unreadable } from "../doctor/memory.ts"
import { exits } from "../errors/codes.ts"
import type { CheckView, DoctorOutput } from "../output/checks.ts"
import { isHealthy, renderChecks } from "../render/checks.ts"
import { here } from "../settings/load.ts"
import { stateFolder } from "../settings/places.ts"

export { DoctorOutput as Output } from "../output/checks.ts"

export default class Doctor extends BaseCommand {
  static override summary = "check this computer, the journal, the configuration and the plugins"
  static override description =
    "Changes nothing. Each line is ok, warn or fail, with what to do about it; ends with 3 when anything has failed. `runctl providers doctor` tries the providers."
  static override examples = [
    { description: "Look at everything", command: "<%= config.bin %> <%= command.id %>" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> --json" }
  ]

  async run(): Promise<DoctorOutput> {
    await this.parse(Doctor)
    const around = here()
    const home = stateFolder(around.env)
    const homeCheck = checkHome(home)
    const checks = [
      checkNode(),
      homeCheck,
      checkDisk(home),
      ...(homeCheck.status === "fail" ? [] : await this.memory()),
      ...checkConfiguration(around),
      checkNpm()
    ]
    const healthy = isHealthy(checks)
    if (!healthy) process.exitCode = exits.configuration
    this.print(renderChecks(checks, this.style))
    return { healthy, checks }
  }

  private async memory(): Promise<ReadonlyArray<CheckView>> {
    try {
      return await this.effect(checkMemory, { isDryRun: true, isOffline: true })
    } catch (error) {
      return [unreadable(error)]
    }
  }
}
