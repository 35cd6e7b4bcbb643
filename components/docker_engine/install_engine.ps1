# Brings Docker Engine onto a Windows node and then only watches it.
#
# Runs in a HostProcess container with the host's own Windows PowerShell 5.1. What to install stands in settings.json
# beside this script; nothing is substituted into the script itself.
#
# The rule behind every branch below: a start of dockerd removes the network of every ordinary pod that is already on
# the node (moby/moby#45462), also one that fails later. So there is at most one attempt in each boot, only where no
# engine is, and an engine is never restarted.
# A service that somebody else made is never touched.
#
# Output: one JSON object a line, for `kubectl logs`.

[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string] $SettingsFolder
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
# Progress bars cost most of the time of Expand-Archive in Windows PowerShell.
$ProgressPreference = 'SilentlyContinue'

$Utf8 = New-Object System.Text.UTF8Encoding($false)
# A HostProcess container may have no usable PATH, so every program is named in full.
$System32 = [Environment]::SystemDirectory

function Write-Event {
    param([string] $Name, [hashtable] $Facts = @{})
    $line = [ordered]@{ time = [DateTime]::UtcNow.ToString('o'); event = $Name; node = $env:NODE_NAME }
    foreach ($key in ($Facts.Keys | Sort-Object)) { $line[$key] = $Facts[$key] }
    [Console]::Out.WriteLine((ConvertTo-Json -InputObject $line -Compress))
}

# Runs a program and returns its exit code and its output. Windows PowerShell turns a line on stderr into an exception
# when errors are set to stop; here the exit code alone decides.
function Invoke-Program {
    param([string] $Path, [string[]] $Arguments)
    $ErrorActionPreference = 'Continue'
    # Stays when the program cannot be started at all.
    $global:LASTEXITCODE = -1
    $output = & $Path @Arguments 2>&1 | ForEach-Object { "$_" }
    return [pscustomobject] @{ ExitCode = $LASTEXITCODE; Text = (($output -join "`n").Trim()) }
}

# Repeats an action until it succeeds, at growing intervals: 5, 10, 20 ... at most 300 seconds.
function Invoke-UntilDone {
    param([string] $What, [scriptblock] $Action)
    $seconds = 5
    while ($true) {
        try {
            return & $Action
        } catch {
            Write-Event 'retry' @{ what = $What; error = "$($_.Exception.Message)"; afterSeconds = $seconds }
            Start-Sleep -Seconds $seconds
            $seconds = [Math]::Min($seconds * 2, 300)
        }
    }
}

# Why this node cannot run containers, or an empty string.
function Get-MissingFeature {
    if (-not (Test-Path -LiteralPath (Join-Path $System32 'vmcompute.dll'))) {
        return 'vmcompute.dll is missing: enable the Windows feature Containers in the node image'
    }
    foreach ($name in 'vmcompute', 'hns') {
        if (-not (Get-Service -Name $name -ErrorAction SilentlyContinue)) {
            return "the service $name is missing: enable the Windows feature Containers in the node image"
        }
    }
    return ''
}

function Save-Release {
    param([pscustomobject] $Settings, [string] $Folder)
    if (Test-Path -LiteralPath (Join-Path $Folder 'docker\dockerd.exe')) { return }
    $partial = "$Folder.partial"
    if (Test-Path -LiteralPath $partial) { Remove-Item -LiteralPath $partial -Recurse -Force }
    [void] (New-Item -ItemType Directory -Path $partial -Force)
    $archive = Join-Path $partial 'docker.zip'
    $download = Invoke-Program (Join-Path $System32 'curl.exe') @(
        '--fail', '--silent', '--show-error', '--location', '--proto', '=https', '--proto-redir', '=https',
        '--connect-timeout', '30', '--max-time', '1800', '--output', $archive, $Settings.url
    )
    if ($download.ExitCode -ne 0) { throw "download of $($Settings.url): $($download.Text)" }
    $actual = (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash.ToLowerInvariant()
    if ($actual -ne $Settings.sha256) {
        throw "SHA-256 of $($Settings.url) is $actual, expected $($Settings.sha256); nothing was installed"
    }
    Expand-Archive -LiteralPath $archive -DestinationPath $partial -Force
    Remove-Item -LiteralPath $archive -Force
    if (-not (Test-Path -LiteralPath (Join-Path $partial 'docker\dockerd.exe'))) {
        throw "$($Settings.url) has no docker\dockerd.exe"
    }
    # A folder under its final name is complete: the name is given last.
    if (Test-Path -LiteralPath $Folder) { Remove-Item -LiteralPath $Folder -Recurse -Force }
    Move-Item -LiteralPath $partial -Destination $Folder
    Write-Event 'installed' @{ version = $Settings.version; folder = $Folder }
}

# Each configuration has a file of its own, named by its hash: the service that is registered keeps the one that it was
# registered with.
function Save-Configuration {
    param([string] $Configuration, [string] $Dockerd)
    $text = [IO.File]::ReadAllText((Join-Path $SettingsFolder 'daemon.json'))
    $candidate = "$Configuration.new"
    [IO.File]::WriteAllText($candidate, $text, $Utf8)
    $check = Invoke-Program $Dockerd @('--validate', '--config-file', $candidate)
    if ($check.ExitCode -ne 0) { throw "dockerd refuses the configuration: $($check.Text)" }
    Move-Item -LiteralPath $candidate -Destination $Configuration -Force
}

# The command line of the service; an empty string when there is no service.
function Get-ServiceCommand {
    param([string] $Name)
    $path = "HKLM:\SYSTEM\CurrentControlSet\Services\$Name"
    if (-not (Test-Path -LiteralPath $path)) { return '' }
    return [string] (Get-ItemProperty -LiteralPath $path).ImagePath
}

# The program in a command line, without its arguments.
function Get-CommandProgram {
    param([string] $Command)
    if ($Command -match '^\s*"([^"]+)"') { return $Matches[1] }
    return ($Command.Trim() -split '\s+--?')[0]
}

function Register-Engine {
    param([pscustomobject] $Settings, [string] $Configuration, [string] $Dockerd)
    $register = Invoke-Program $Dockerd @(
        '--register-service', '--service-name', $Settings.serviceName, '--config-file', $Configuration
    )
    if ($register.ExitCode -ne 0) { throw "registration of the service: $($register.Text)" }
    # dockerd registers itself with recovery on: the service manager would restart a crashed engine after 15 seconds,
    # and with it cut off every agent on the node. cmd.exe, because Windows PowerShell drops an empty argument.
    $command = '{0}\sc.exe failure {1} reset= 0 actions= ""' -f $System32, $Settings.serviceName
    $failure = Invoke-Program (Join-Path $System32 'cmd.exe') @('/d', '/c', $command)
    $recovery = Invoke-Program (Join-Path $System32 'sc.exe') @('qfailure', $Settings.serviceName)
    if ($failure.ExitCode -ne 0 -or $recovery.ExitCode -ne 0 -or $recovery.Text -match 'RESTART') {
        [void] (Invoke-Program $Dockerd @('--unregister-service', '--service-name', $Settings.serviceName))
        throw "the service manager would restart the engine by itself: $($failure.Text) $($recovery.Text)"
    }
    Write-Event 'registered' @{ version = $Settings.version; service = $Settings.serviceName }
}

# Version of whatever answers on the pipe; an empty string when nothing does.
function Get-RunningVersion {
    param([string] $Docker, [string] $HostUrl)
    $answer = Invoke-Program $Docker @('--host', $HostUrl, 'version', '--format', '{{.Server.Version}}')
    if ($answer.ExitCode -ne 0) { return '' }
    return $answer.Text
}

# The marker says at which boot an engine was last started on this node, or seen running.
function Get-BootTime {
    return (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime()
}

function Set-RanMarker {
    param([pscustomobject] $Settings)
    $marker = Join-Path $Settings.installRoot 'ran-at-boot.txt'
    [IO.File]::WriteAllText($marker, (Get-BootTime).ToString('o'), $Utf8)
}

function Test-RanSinceBoot {
    param([pscustomobject] $Settings)
    $marker = Join-Path $Settings.installRoot 'ran-at-boot.txt'
    if (-not (Test-Path -LiteralPath $marker)) { return $false }
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $style = [Globalization.DateTimeStyles]::RoundtripKind
    $noted = [DateTime]::Parse([IO.File]::ReadAllText($marker), $culture, $style)
    # Windows computes the boot time from the clock, so a correction of the clock moves it a little.
    return [Math]::Abs(((Get-BootTime) - $noted).TotalSeconds) -lt 120
}

# Starts the engine if, and only if, no engine is there and no start was attempted since the node booted.
function Start-EngineOnce {
    param([pscustomobject] $Settings, [string] $Folder, [string] $Configuration)
    $dockerd = Join-Path $Folder 'docker\dockerd.exe'
    $docker = Join-Path $Folder 'docker\docker.exe'
    $name = $Settings.serviceName
    $command = Get-ServiceCommand $name
    $program = Get-CommandProgram $command
    $current = $program -eq $dockerd -and $command.Contains($Configuration)
    $running = Get-RunningVersion $docker $Settings.host

    if ($program -eq '') {
        if ($running -ne '') {
            Write-Event 'foreign-engine' @{ version = $running; reason = 'the pipe answers, but no service of ours exists; left alone' }
            return
        }
    } elseif (-not $program.StartsWith($Settings.installRoot + '\', [StringComparison]::OrdinalIgnoreCase)) {
        Write-Event 'foreign-engine' @{ version = $running; program = $program; reason = 'the service is not ours; left alone. Remove it to let this one in' }
        return
    } elseif ((Get-Service -Name $name).Status -ne 'Stopped') {
        if (-not $current) {
            Write-Event 'pending-change' @{ version = $running; wanted = $Settings.version; service = $command; configuration = $Configuration; reason = 'a running engine is not replaced; use new nodes, for example by a node image upgrade' }
        } else {
            Write-Event 'already-running' @{ version = $running }
        }
        return
    }

    if (Test-RanSinceBoot $Settings) {
        Write-Event 'stopped-engine' @{ program = $program; reason = 'it ran or was started since the node booted, so a start would cut off pods; not started. Drain the node and restart it' }
        return
    }
    if ($program -ne '' -and -not $current) {
        $removed = Invoke-Program $program @('--unregister-service', '--service-name', $name)
        if ($removed.ExitCode -ne 0) { throw "removal of the stopped service: $($removed.Text)" }
        $program = ''
    }
    if ($program -eq '') { Register-Engine $Settings $Configuration $dockerd }
    # Before the attempt: one that fails may have removed networks already, and a next one would remove those of the
    # pods that came since. Neither this loop nor the next pod repeats it; the watcher reports and the pod stays unready.
    Set-RanMarker $Settings
    try {
        Start-Service -Name $name
    } catch {
        Write-Event 'start-failed' @{ service = $name; error = "$($_.Exception.Message)"; reason = 'not repeated before the node restarts. See the events of the source docker in the Application log; then drain the node and restart it' }
        return
    }
    Write-Event 'started' @{ version = $Settings.version; service = $name }
}

function Watch-Engine {
    param([pscustomobject] $Settings, [string] $Folder)
    $docker = Join-Path $Folder 'docker\docker.exe'
    $last = ''
    $marked = $false
    while ($true) {
        $service = Get-Service -Name $Settings.serviceName -ErrorAction SilentlyContinue
        $status = if ($service) { "$($service.Status)" } else { 'Absent' }
        if ($status -eq 'Running' -and -not $marked) {
            # The service manager starts the engine at boot, before this script.
            Set-RanMarker $Settings
            $marked = $true
        }
        $version = Get-RunningVersion $docker $Settings.host
        $state = "$status $version"
        if ($state -ne $last) {
            Write-Event 'engine' @{ service = $status; answers = ($version -ne ''); version = $version; wanted = $Settings.version }
            $last = $state
        }
        Start-Sleep -Seconds $Settings.watchSeconds
    }
}

$settings = [IO.File]::ReadAllText((Join-Path $SettingsFolder 'settings.json')) | ConvertFrom-Json
$folder = Join-Path $settings.installRoot $settings.folder
$configuration = Join-Path $folder $settings.configurationFile
Write-Event 'begin' @{ wanted = $settings.version; folder = $folder }

Invoke-UntilDone 'check of the node' {
    $missing = Get-MissingFeature
    if ($missing -ne '') { throw $missing }
}
Invoke-UntilDone 'installation' { Save-Release $settings $folder }
Invoke-UntilDone 'configuration' { Save-Configuration $configuration (Join-Path $folder 'docker\dockerd.exe') }
Invoke-UntilDone 'start' { Start-EngineOnce $settings $folder $configuration }
Watch-Engine $settings $folder
