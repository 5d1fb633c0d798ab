# expect: json-depth 2
@{ a = @{ b = @{ c = @{} } } } | ConvertTo-Json -Compress
# repaired 2: @{ a = @{ b = @{ c = @{} } } } | ConvertTo-Json -Depth 4 -Compress
