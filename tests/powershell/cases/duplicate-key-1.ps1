# expect: duplicate-key 2
$table = @{ Name = 'a'; name = 'b' }
Write-Host $table
# repaired 2: $table = @{ Name = 'a'; other = 'b' }
