$name = 'a'
$plan = @{ Name = 'x' }
$words = @('a', 'b')
Write-Host "$name.json, ${name}: $($plan.Name) $($words[0]) $name; $env:HOME, [$name] `$name"
Write-Host ('{0} {{x}} {1,-5:N2}' -f $name, 3)
Write-Host ('{0} {1}' -f $words)
Write-Host '^[a-z]+$ and $filter=x'
if (-not ($name -eq 'a') -and ($words -contains 'b' -or $name -eq '')) { Write-Host 'x' }
if (!$name -or -not $plan) { Write-Host 'y' }
