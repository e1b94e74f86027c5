export * as FakeJobs from "./FakeJobs.ts"
export * as FakeProvider from "./FakeProvider.ts"
export * as Law from "./Law.ts"
export * as ProviderLaws from "./ProviderLaws.ts"
