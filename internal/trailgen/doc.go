// Package trailgen writes synthetic CloudTrail trails for tests, the demo and benchmarks. It has three layers:
//
//   - Builder makes single events: an AssumeRole by a service, a call of the session it opened, an API call by anyone.
//     Events are ordered JSON objects (Object), so that a test can take one and bend it with With and Without.
//   - Form and WriteFile turn events into a log file, in every shape a log file has been seen in and in every way one
//     can be broken.
//   - Write, Shapes, Random and Demo write whole trees in the layout of a CloudTrail bucket.
//
// Everything is drawn from a seed: the same options give the same bytes, whatever the number of goroutines.
//
// No public record of Amazon ECS assuming an infrastructure role exists, so the ECS events follow AWS's documentation,
// the API models and the records of other services. Nothing here is real: account ids are those of AWS's examples
// (111122223333 and so on), access key ids and role ids end in EXAMPLE, session tokens begin with SYNTHETIC, IP
// addresses are those reserved for documentation, and every tree has a README.md that says so.
package trailgen
