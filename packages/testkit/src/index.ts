export * as FakeProvider from "./FakeProvider.ts"
