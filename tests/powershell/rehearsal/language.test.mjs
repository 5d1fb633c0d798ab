// The rehearsal's PowerShell beside what Microsoft's pages (about_Arrays, about_Return, about_Scopes, about_Operators,
// about_Functions_Advanced_Parameters, Set-StrictMode) say, in small: what the scripts rely on, and what must be refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { evaluate } from './stage.mjs';
import { Unknown } from './values.mjs';

// source -> what it puts out
const gives = {
	// what a function puts out is unrolled, once
	'function F { @() }; @(F).Count': [0],
	'function F { return $null }; @(F).Count': [1],
	'function F { return , @(1, 2) }; (F).Count': [2],
	'function F { return , @(1, 2) }; @(F).Count': [1],
	"function F { 1; 2 }; $x = F; $x -join '+'": ['1+2'],
	'$x = if ($true) { @(1) }; $x -is [int]': [true],
	"$x = @(foreach ($i in @(1, 2)) { $i * 2 }); $x -join ','": ['2,4'],
	"foreach ($i in $null) { 'once' }": [],
	'$x = $null; @($x).Count': [1],
	'$l = [System.Collections.Generic.List[object]]::new(); $l.Add(7); @($l).Count': [1],
	// operators
	"'ABC' -eq 'abc'": [true],
	"'ABC' -ceq 'abc'": [false],
	'@(1, 2, 1) -eq 1': [1, 1],
	"@('a', 'b') -contains 'B'": [true],
	"'a.b' -replace '\\.', '-'": ['a-b'],
	"'abc' -match 'B(.)'; $Matches[1]": [true, 'c'],
	"'{0,-4}|{1,3}' -f 'ab', 7": ['ab  |  7'],
	"'a' + 1": ['a1'],
	'@(1) + @(2, 3)': [1, 2, 3],
	'[int]2.5': [2],
	'$null -eq @()': [false],
	// texts
	'$n = \'x\'; "a $n $($n + 1) `$n"': ['a x x1 $n'],
	"'it''s'": ["it's"],
	// tables
	"$t = @{ A = 1 }; $t['a']": [1],
	'([ordered]@{ B = 1; A = 2 }).Keys': ['B', 'A'],
	'$t = @{ A = 1 }; $t += @{ B = 2 }; $t.Count': [2],
	"([pscustomobject]@{ A = 1 }).PSObject.Properties['a'].Value": [1],
	"$null -eq ([pscustomobject]@{ A = 1 }).PSObject.Properties['b']": [true],
	// a block and a function see the variables of their caller, and set their own
	'$x = 1; function F { $x = 2 }; F; $x': [1],
	'function G { $y }; function F { $y = 5; G }; F': [5],
	'$x = 1; function F { $script:x = 2 }; F; $script:x': [2],
	'@(1, 2, 3) | Where-Object { $_ -gt 1 } | Sort-Object -Property { 0 - $_ }': [3, 2],
	// control
	"switch ('b') {\n 'A' { 1 }\n 'B' { 2 }\n default { 3 }\n}": [2],
	'for ($i = 0; $i -lt 5; $i++) { if ($i -eq 1) { continue }; if ($i -eq 3) { break }; $i }': [0, 2],
	"try { throw 'no' } catch { $_.Exception.Message } finally { 'end' }": ['no', 'end'],
	'function F { try { return 1 } finally { 2 } }; F': [1, 2],
	'function F { foreach ($i in @(1, 2)) { if ($i -eq 2) { return $i } } }; F': [2],
	// parameters
	'function F {\n param([switch] $S, [int] $N = 3)\n "$S $N" }; F -S; F -N \'4\'': ['True 3', 'False 4'],
	"function F {\n param([string] $T)\n $T -eq '' }; F -T $null": [true],
	"function F {\n param([string[]] $T)\n $T.Count }; F -T 'a'": [1],
	'function F {\n param($A, $B)\n "$A$B" }; $p = @{ A = 1; B = 2 }; F @p': ['12'],
};

// source that PowerShell refuses under strict mode, or that the binding of parameters refuses
const refuses = {
	$never: 'never set',
	'$t = @{ A = 1 }; $t.B': 'has no B',
	'([pscustomobject]@{ A = 1 }).B': 'has no B',
	'$x = 1; $x.Count': 'has no Count',
	'$x = $null; $x.Name': 'Name of nothing',
	'$x = @(1); $x[1]': 'index 1',
	"[guid]'x'": 'no GUID',
	"[int]'x'": 'no number',
	'function F {\n param([string] $A)\n $A }; F -B 1': 'no parameter b',
	"function F {\n param([Parameter(Mandatory)] [string] $A)\n $A }; F -A ''": 'is empty',
	'function F {\n param([Parameter(Mandatory)] [string] $A)\n $A }; F': 'is not given',
	'function F {\n param([Parameter(Mandatory)] [object[]] $A)\n $A }; F -A @()': 'empty list',
	"function F {\n param([ValidateSet('x', 'y')] [string] $A)\n $A }; F -A 'z'": 'is "z"',
	'function F {\n param([hashtable] $A)\n $A }; F -A ([ordered]@{ B = 1 })': 'no hashtable',
	'function F {\n param([guid] $A)\n $A }; F -A $null': 'is nothing',
};

// source that is PowerShell and is not known here
const unknown = [
	'$x = 1; do { $x } while ($false)',
	'Get-Process',
	'[math]::Sqrt(4)',
	"'a'.PadLeft(3)",
	'trap { 1 }',
	"'x' -shl 1",
];

describe('the language as the rehearsal reads it', () => {
	for (const [source, outputs] of Object.entries(gives)) {
		test(source, () => assert.deepEqual(evaluate(source), outputs));
	}
	for (const [source, why] of Object.entries(refuses)) {
		const complaint = error => error.message.startsWith('PowerShell would complain') && error.message.includes(why);
		test(`refuses ${source}`, () => assert.throws(() => evaluate(source), complaint));
	}
	for (const source of unknown) {
		test(`does not know ${source}`, () => assert.throws(() => evaluate(source), Unknown));
	}
});
